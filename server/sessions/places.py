"""How many may come in: those who drive, and those who watch."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from server.errors import RefusedError
from server.limits import Limits
from server.webrtc.sdp import Kind


class Admission:
    """Counts those who are being let in; those who are in already are counted by the caller."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._opening: Counter[str] = Counter()

    @contextmanager
    def place(self, kind: Kind, present: Iterable[Kind]) -> Iterator[None]:
        """Hold one while a session of `kind` is made, beside those `present`.

        Raises RefusedError when there is none.
        """
        row = _row(kind)
        most = self._limits.viewers if row == "viewers" else self._limits.sessions
        taken = sum(_row(other) == row for other in present)
        if taken + self._opening[row] >= most:
            reason = f"all {most} {row} are taken; ask again later"
            raise RefusedError(503, reason, self._limits.retry_after_s)
        self._opening[row] += 1
        try:
            yield
        finally:
            self._opening[row] -= 1


def _row(kind: Kind) -> str:
    return "viewers" if kind == "viewer" else "sessions"
