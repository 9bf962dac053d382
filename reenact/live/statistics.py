"""Rates and percentiles over the last moments of a live stream."""

import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np


class Rate:
    """Counts events, and how many come a second. Any thread may count and read."""

    def __init__(
        self, window_s: float = 3.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """window_s: seconds that the rate is taken over; it rises to its true height during the
        first of them. clock: seconds, rising."""
        self._window_s, self._clock = window_s, clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()
        self.count = 0
        """Events so far."""

    def tick(self) -> None:
        """Count an event, now."""
        with self._lock:
            now = self._clock()
            self.count += 1
            self._times.append(now)
            self._forget(now)

    def per_s(self) -> float:
        """Events a second over the window."""
        with self._lock:
            self._forget(self._clock())
            return len(self._times) / self._window_s

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] >= self._window_s:
            self._times.popleft()


class Samples:
    """The last durations in seconds, and their percentiles. Any thread may add and read."""

    def __init__(self, kept: int = 300) -> None:
        self._values: deque[float] = deque(maxlen=kept)
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        with self._lock:
            self._values.append(value)

    def p50_p95_ms(self) -> tuple[float, float] | None:
        """Median and 95th percentile in milliseconds; None before the first value."""
        with self._lock:
            values = list(self._values)
        if not values:
            return None
        p50, p95 = np.percentile(1e3 * np.array(values), (50, 95)).tolist()
        return p50, p95
