"""One check of the doctor, with its outcome in words even where the check itself failed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from engines.base import EngineError
from reenact.errors import ReenactError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check."""

    name: str
    """Name of the thing that was checked."""
    ok: bool
    """Whether nothing is wrong with it."""
    detail: str
    """Sentence about what was found, or what is wrong and how to mend it."""
    needed: bool = True
    """Whether converting a video is impossible without it."""

    def row(self) -> str:
        """The outcome as a line for a terminal."""
        mark = "ok" if self.ok else "NO" if self.needed else "note"
        return f"{mark:<6}{self.name:<16}{self.detail}"


class CheckFailed(Exception):
    """A check found something wrong; the message is a sentence with the fix."""


def run_check(name: str, check: Callable[[], str], *, needed: bool = True) -> Check:
    """Call `check`, which describes what it found; any exception makes a failed check."""
    try:
        return Check(name, True, check(), needed)
    except (CheckFailed, ReenactError, EngineError, OSError) as error:
        return Check(name, False, str(error), needed)
    except ImportError as error:
        return Check(name, False, f"{error}; install what it names", needed)
    except Exception as error:  # of native libraries, which raise anything
        logger.debug("the check of %s failed", name, exc_info=True)
        return Check(name, False, f"{type(error).__name__}: {error}", needed)
