"""Ended sessions: why the service ended each, for the client that asks afterwards.

A WHIP publisher without a data channel hears of it in no other way.
"""

import time
from collections import OrderedDict

from server.limits import Limits


class EndedSessions:
    """Reasons by session, each kept for `Limits.resume_s`.

    The oldest goes when there are more than `Limits.kept`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._reasons: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def note(self, id: str, reason: str) -> None:
        self._reasons[id] = (reason, time.monotonic() + self._limits.resume_s)
        while len(self._reasons) > self._limits.kept:
            self._reasons.popitem(last=False)

    def reason(self, id: str) -> str | None:
        """Why the session ended; None for one that is unknown, or was ended by its client."""
        reason, until = self._reasons.get(id, (None, 0.0))
        return reason if until >= time.monotonic() else None
