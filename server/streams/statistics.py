"""What a stream's stages take, over the last frames: medians, 95th percentiles, rates."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

FRAMES = 120
RATE_S = 3.0


class Samples:
    """The last `FRAMES` values; any thread may add and read."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=FRAMES)
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        with self._lock:
            self._values.append(value)

    def percentile(self, percent: float) -> float | None:
        """By nearest rank; None before the first value."""
        with self._lock:
            values = sorted(self._values)
        if not values:
            return None
        return values[min(int(len(values) * percent / 100), len(values) - 1)]


class Rate:
    """Events a second, over the last `RATE_S`; any thread may count and read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=1000)
        self._lock = threading.Lock()
        self.count = 0

    def tick(self) -> None:
        with self._lock:
            self._times.append(self._clock())
            self.count += 1

    def per_second(self) -> float:
        with self._lock:
            now = self._clock()
            recent = sum(now - time < RATE_S for time in self._times)
        return recent / RATE_S


class Statistics:
    """Of one stream. ages: seconds from a frame's arrival to its picture's leaving."""

    def __init__(self) -> None:
        self.arrived, self.left = Rate(), Rate()
        self.ages, self.server = Samples(), Samples()
        self._stages: dict[str, Samples] = {}

    def note_sent(self, age_s: float) -> None:
        """Count a picture that left `age_s` after its frame had arrived."""
        self.ages.add(age_s)
        self.left.tick()

    def add_stages(self, seconds: Mapping[str, float]) -> None:
        for stage, value in seconds.items():
            self._stages.setdefault(stage, Samples()).add(value)

    def age_ms(self) -> tuple[float | None, float | None]:
        """Median and 95th percentile."""
        return _ms(self.ages.percentile(50)), _ms(self.ages.percentile(95))

    def stages_ms(self) -> dict[str, float | None]:
        """Medians, by stage."""
        return {stage: _ms(samples.percentile(50)) for stage, samples in [*self._stages.items()]}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1e3 * seconds, 1)
