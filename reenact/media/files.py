"""Files that are written whole or not at all, and disk failures in a user's words."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reenact.errors import DiskFullError, MediaError, ReenactError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def unfinished_path(path: Path) -> Path:
    """The hidden name beside `path` under which it is written until it is whole."""
    return hidden_path(path, "partial")


def hidden_path(path: Path, purpose: str) -> Path:
    """A hidden name beside `path`: always the same, and possible wherever its own name is.

    Where `.NAME.purpose` is too long for the disk, it is a hash, no longer than the name.
    """
    hidden = path.with_name(f".{path.name}.{purpose}")
    try:
        hidden.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            code = hashlib.sha256(os.fsencode(hidden.name)).hexdigest()
            return path.with_name(f".{code}"[: max(len(os.fsencode(path.name)), 2)])
    return hidden


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: renamed to `path` when the block ends, deleted if it fails.

    Until then whatever is at `path` stays as it was, and the file, whose name nobody can foretell,
    is for its owner alone. It gets the mode of the user's other new files with its name.
    """
    fresh = _make_private_file(path)
    try:
        yield fresh
        _publish(fresh)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _make_private_file(path: Path) -> Path:
    """An empty hidden file beside `path`; never one that is there, nor what a link points to."""
    try:
        number, name = tempfile.mkstemp(".partial", f".{path.name}.", path.parent)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        number, name = tempfile.mkstemp("", ".", path.parent)
    os.close(number)
    return Path(name)


def _publish(path: Path) -> None:
    """Give a file the mode of a new one; raises OSError if a link has taken its place."""
    if os.name == "posix":
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fchmod(number, _MODE)
        finally:
            os.close(number)


def _read_mode() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


_MODE = _read_mode()
"""Mode of a new file. Read once, before there are threads: reading the mask changes it a moment."""


@contextmanager
def translate_os_errors(
    path: Path,
    problem: str = "cannot be written",
    advice: str = "choose a folder you may write to",
    *,
    caught: type[Exception] | tuple[type[Exception], ...] = OSError,
    raised: type[ReenactError] = MediaError,
) -> Iterator[None]:
    """Raise what the block raises as `raised`: "`path` `problem` (the reason): `advice`".

    caught: further classes for libraries with errors of their own. A full disk is always a
    DiskFullError.
    """
    try:
        yield
    except BrokenPipeError:  # of the terminal, which a progress bar writes to: no fault of a disk
        raise
    except caught as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if getattr(error, "errno", None) in _FULL:
            raise DiskFullError(
                f"{path} does not fit on its disk ({reason}): free some space and start again"
            ) from error
        raise raised(f"{path} {problem} ({reason}): {advice}") from error
