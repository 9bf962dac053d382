"""One thing that the doctor looks at: what was found, in words, whatever went wrong in looking."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from engines.base import EngineError
from reenact.errors import ReenactError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. needed: without it, the default job cannot run."""

    name: str
    ok: bool
    detail: str
    needed: bool = True

    def row(self) -> str:
        """For a terminal."""
        mark = "ok" if self.ok else "NO" if self.needed else "note"
        return f"{mark:<6}{self.name:<16}{self.detail}"


class CheckFailed(Exception):
    """What a look found wanting: a sentence with the fix."""


def checked(name: str, look: Callable[[], str], *, needed: bool = True) -> Check:
    """What `look` says, or why it could not; every exception is a finding, none leaves."""
    try:
        return Check(name, True, look(), needed)
    except (CheckFailed, ReenactError, EngineError, OSError) as error:
        return Check(name, False, str(error), needed)
    except ImportError as error:
        return Check(name, False, f"{error}; install what it names", needed)
    except Exception as error:  # of native libraries, which raise anything
        logger.debug("looking at %s failed", name, exc_info=True)
        return Check(name, False, f"{type(error).__name__}: {error}", needed)
