"""How long the stages of the frame in work take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Laps:
    """Seconds by stage since `start`; for one thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def start(self) -> None:
        self.seconds = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - start
            self.seconds[stage] = self.seconds.get(stage, 0.0) + taken
