"""One line at the bottom of a terminal that is written over and over."""

import shutil
import sys
from types import TracebackType
from typing import Self

from reenact.cli.command import note

_ERASE = "\r\x1b[K"


class StatusLine:
    """On stderr. A context manager, which leaves no line behind."""

    def __init__(self) -> None:
        self._is_drawn = False

    def show(self, text: str) -> None:
        """In place of what is there; cut to the terminal's width, as a second row would stay."""
        width = shutil.get_terminal_size().columns
        sys.stderr.write(_ERASE + text[: width - 1])
        sys.stderr.flush()
        self._is_drawn = True

    def say(self, text: str) -> None:
        """A sentence that stays, above the line."""
        self._erase()
        note(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._erase()

    def _erase(self) -> None:
        if self._is_drawn:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._is_drawn = False
