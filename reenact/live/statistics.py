"""What a live stream does just now: events a second and delays, over the last moments."""

import threading
import time
from collections import deque

import numpy as np


class Rate:
    """Counts events, and how many come a second. Any thread may ask."""

    def __init__(self, window_s: float = 2.0) -> None:
        self._window_s = window_s
        self._times: deque[float] = deque()
        self._lock = threading.Lock()
        self.count = 0

    def tick(self) -> None:
        """An event, now."""
        now = time.monotonic()
        with self._lock:
            self.count += 1
            self._times.append(now)
            while now - self._times[0] > self._window_s:
                self._times.popleft()

    def per_s(self) -> float:
        """Over the last seconds; 0 with fewer than two events in them."""
        now = time.monotonic()
        with self._lock:
            times = [moment for moment in self._times if now - moment <= self._window_s]
        return 0.0 if len(times) < 2 else (len(times) - 1) / (times[-1] - times[0])


class Delays:
    """The last delays, and their percentiles. Any thread may ask."""

    def __init__(self, kept: int = 300) -> None:
        self._seconds: deque[float] = deque(maxlen=kept)
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self._seconds.append(seconds)

    def percentiles_ms(self) -> tuple[float, float] | None:
        """(p50, p95); None before the first delay."""
        with self._lock:
            seconds = list(self._seconds)
        if not seconds:
            return None
        p50, p95 = np.percentile(1e3 * np.array(seconds), (50, 95)).tolist()
        return p50, p95
