"""The time of a live stream's frames: the sender's even steps, held to this machine's clock."""

import time
from fractions import Fraction

TICK = Fraction(1, 90000)
SLACK_S = 0.25


class StreamClock:
    """Gives each frame a moment, later than that of the one before.

    The sender's stamps have no network jitter, but may jump or run away (they are the client's to
    choose): when they differ from the arrival by more than `SLACK_S`, they are tied to it anew.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._offset: float | None = None
        self._last = -1

    def pts(self, stamp_s: float | None, arrival: float) -> int:
        """In `TICK`s since the stream began. stamp_s: the sender's time, when it has one.

        arrival: time.monotonic() when the frame came.
        """
        here = arrival - self._start
        moment = here
        if stamp_s is not None:
            if self._offset is None or abs(stamp_s + self._offset - here) > SLACK_S:
                self._offset = here - stamp_s
            moment = stamp_s + self._offset
        self._last = max(round(moment / TICK), self._last + 1)
        return self._last
