"""How many frames a second a client should send: a few less than the device can do.

Each frame more is encoded, sent and decoded only to be dropped, often on the same cores; and at the
very edge frames queue for the device, which delays all that are shown.
"""

CHECK_S = 3.0
"""Between two checks: the window of the rates."""

MOST_FPS, LEAST_FPS = 30, 10
AIM = 0.88
"""Share of the time that the device should be at work."""

_SLACK_FPS = 1


class Pacing:
    """Of one stream; ask each `CHECK_S`."""

    def __init__(self) -> None:
        self._hint = MOST_FPS

    def update(self, fps: float, busy: float) -> int | None:
        """A new most frames a second for the client, None while the last one stands.

        fps: pictures of this stream. busy: share of the time that the device was at work on all
        streams, which slow down and speed up together.
        """
        if fps <= 0 or busy <= 0:
            return None
        hint = min(max(round(AIM * fps / min(busy, 1.0)), LEAST_FPS), MOST_FPS)
        if (abs(hint - self._hint) <= _SLACK_FPS and hint != MOST_FPS) or hint == self._hint:
            return None
        self._hint = hint
        return hint
