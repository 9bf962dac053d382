"""When an encoder may change its bitrate: seldom, since every change costs a key frame."""

import time
from collections.abc import Callable

START, LEAST, MOST = 2_500_000, 1_000_000, 4_000_000
"""Bits a second for 512 x 512: 45 dB at the start, 42.8 and 47.5 at the ends."""

DOWN, UP, CALM_S = 0.85, 1.4, 2.0
"""A wish below 0.85 of the present rate is granted at once, one above 1.4 after 2 s of calm."""


class Bitrate:
    """The rate that an encoder works with, and the one that the network wishes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = clock()
        self._wish = self.present = START

    @property
    def wish(self) -> int:
        return self._wish

    @wish.setter
    def wish(self, bits: int) -> None:
        self._wish = max(LEAST, min(bits, MOST))

    def update(self) -> bool:
        """Grant the wish when it is time; True when the present rate changed."""
        calm = self._clock() - self._changed >= CALM_S
        if self._wish < DOWN * self.present or (self._wish > UP * self.present and calm):
            self.present, self._changed = self._wish, self._clock()
            return True
        return False
