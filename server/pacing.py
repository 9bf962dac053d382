"""How many frames a second a client should send: about as many as become pictures.

Each frame more is encoded, sent and decoded only to be dropped, often on the same cores.
"""

FIRST_S, CHECK_S = 3.0, 2.0
"""Until the rates are those of a whole window (of less, they look too low), and between checks."""

MOST_FPS, LEAST_FPS = 30, 10
TOO_MANY = 1.25
"""A camera this much faster than the pictures is slowed down."""


class Pacing:
    """Of one stream; ask each `CHECK_S`, for the first time `FIRST_S` later than that."""

    def __init__(self) -> None:
        self._hint = MOST_FPS

    def update(self, in_fps: float, out_fps: float) -> int | None:
        """A new most frames a second for the client, None while the last one stands."""
        hint = self._hint
        if out_fps > 0 and in_fps > TOO_MANY * out_fps:
            hint = min(self._hint, max(LEAST_FPS, round(1.1 * out_fps)))
        elif in_fps > 0 and out_fps > 0.97 * in_fps:  # all are shown: more may be possible
            hint = min(MOST_FPS, self._hint + max(self._hint // 8, 1))
        if hint == self._hint:
            return None
        self._hint = hint
        return hint
