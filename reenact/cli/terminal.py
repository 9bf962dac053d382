"""The terminal: what the command says on it, whatever it can show and whoever stopped reading."""

import logging
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from reenact.printable import printable

LOST_READER = 141
"""Exit status when the reader of our words has gone, as after `| head`: 128 + SIGPIPE, as shells
report other programs."""


def say(text: str) -> None:
    """Print a result on stdout, in as many lines as it has."""
    print("\n".join(printable(line) for line in text.split("\n")), flush=True)


def say_done(text: object) -> None:
    """Print on stdout, in one line, what a finished job did; nobody needs to read it."""
    try:
        say(printable(str(text)))
    except BrokenPipeError:
        _silence(sys.stdout)


def note(text: str) -> None:
    """Print a sentence on stderr."""
    print(f"reenact: {printable(text)}", file=sys.stderr)


class NoteFormatter(logging.Formatter):
    """The form of log lines on the terminal: that of notes, with a traceback below if wanted."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return f"reenact: {printable(record.getMessage())}"


@contextmanager
def open_terminal() -> Iterator[None]:
    """The length of a command: any text can be printed in it, and its end is the end of its words.

    What stdout and stderr cannot show becomes an escape. Where the reader of a pipe goes, the
    block ends without a word: SystemExit with `LOST_READER`.
    """
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        _silence(sys.stderr)
        raise SystemExit(LOST_READER) from None


def has_lost_reader() -> bool:
    """Whether stdout or stderr is a pipe that nobody reads any more."""
    return any(_is_broken(stream) for stream in (sys.stdout, sys.stderr))


def _fill_closed_streams() -> None:
    """Open nothing in place of a standard stream that the caller closed.

    The next file that is opened would get its number, and with it whatever a library prints.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _is_broken(stream: TextIO) -> bool:
    with suppress(AttributeError, OSError, ValueError):  # no poll on Windows; no number in tests
        watch = select.poll()
        watch.register(stream.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))
    return False


def _silence(stream: TextIO) -> None:
    """Drop what the stream still holds and all that follows."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
