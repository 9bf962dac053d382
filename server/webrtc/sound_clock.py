"""When a driver's sound was made, as far as this machine can know."""

from collections import deque

FRAMES = 250
"""Five seconds of packets: long enough to hold an undelayed one, short enough to follow clocks that
drift apart."""

JUMP_S = 1.0


class SoundClock:
    """Sound comes in bursts, but its stamps are even: the packet that came soonest after its stamp
    tells how the two clocks stand."""

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=FRAMES)

    def moment(self, stamp_s: float, arrival: float) -> float:
        """When a packet with this stamp would have come without jitter; times in seconds."""
        offset = arrival - stamp_s
        if self._offsets and abs(offset - min(self._offsets)) > JUMP_S:
            self._offsets.clear()
        self._offsets.append(offset)
        return stamp_s + min(self._offsets)
