"""A log handler whose volume has a bound: so many lines a second of one kind."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TextIO

from server.limits import DoorLimits

WINDOW_S = 1.0


class BoundedHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream, but only the first of many that one place in the code logs.

    What is left out is counted, and the count is logged when its second is over.
    """

    def __init__(
        self,
        stream: TextIO,
        limits: DoorLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream)
        self._limits, self._clock = limits or DoorLimits(), clock
        self._start = clock()
        self._seen: Counter[tuple[str, int]] = Counter()
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        self._begin_second()
        place = (record.pathname, record.lineno)
        self._seen[place] += 1
        if self._seen[place] <= self._limits.log_lines:
            super().emit(record)
            return
        if not self._left_out:
            timer = threading.Timer(WINDOW_S, self.tell)
            timer.daemon = True
            timer.start()
        self._left_out += 1

    def tell(self) -> None:
        """Log how many lines were left out, if any were."""
        assert self.lock is not None
        with self.lock:
            left_out, self._left_out = self._left_out, 0
            if left_out:
                text = f"{left_out} lines were left out: too many of one kind came in a second"
                super().emit(
                    logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None)
                )

    def _begin_second(self) -> None:
        now = self._clock()
        if now - self._start >= WINDOW_S:
            self._start = now
            self._seen.clear()
            self.tell()
