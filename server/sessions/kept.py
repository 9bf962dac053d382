"""What stays for a while of sessions that vanished, so that they can be gone on with."""

import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from server.errors import RefusedError
from server.limits import Limits
from server.settings import StreamSettings


@dataclass(frozen=True, slots=True)
class Resume:
    """Which session a client wants to go on with."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """state: of its performance; None when that could not be had."""

    secret: str = field(repr=False)
    settings: StreamSettings
    state: dict[str, Any] | None


class ResumableSessions:
    """By id, each for `Limits.resume_s`; the oldest goes when there are too many."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: OrderedDict[str, tuple[ResumableSession, float]] = OrderedDict()

    def keep(self, id: str, kept: ResumableSession) -> None:
        self._kept[id] = (kept, time.monotonic() + self._limits.resume_s)
        while len(self._kept) > self._limits.kept:
            self._kept.popitem(last=False)

    def take(self, wanted: Resume) -> ResumableSession:
        """What was kept, once. Raises RefusedError for an unknown id or a wrong secret."""
        self.tidy()
        kept = self._kept.get(wanted.id)
        if kept is None or not same(kept[0].secret, wanted.secret):
            raise RefusedError(404, "there is no such session to go on with; open a new one")
        del self._kept[wanted.id]
        return kept[0]

    def forget(self, id: str) -> None:
        self._kept.pop(id, None)

    def tidy(self) -> None:
        """Forget what is too old."""
        now = time.monotonic()
        for id in [id for id, (_, until) in self._kept.items() if until < now]:
            del self._kept[id]

    def clear(self) -> None:
        self._kept.clear()


def same(first: str, second: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(first.encode(), second.encode("utf-8", "replace"))
