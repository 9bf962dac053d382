"""Waiting for another thread without a guess at its speed."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Returns when it holds; fails when it does not within a time that only a fault takes."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)
