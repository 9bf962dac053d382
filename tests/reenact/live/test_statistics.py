"""reenact/live/statistics.py: rates and delays over the last moments."""

import time

import pytest

from reenact.live.statistics import Delays, Rate


def test_rate_is_that_of_the_events() -> None:
    rate = Rate()
    start = time.monotonic()
    for _ in range(10):
        time.sleep(0.002)
        rate.tick()

    assert rate.count == 10
    assert 9 / (time.monotonic() - start) <= rate.per_s() <= 9 / (9 * 0.002)


def test_rate_forgets_what_is_long_ago() -> None:
    rate = Rate(window_s=0.01)
    rate.tick()
    rate.tick()
    time.sleep(0.02)

    assert (rate.per_s(), rate.count) == (0.0, 2)


def test_delays_give_percentiles_of_the_last_ones() -> None:
    delays = Delays(kept=101)
    for milliseconds in (9999, *range(101)):
        delays.add(milliseconds / 1e3)

    assert delays.percentiles_ms() == pytest.approx((50, 95))


def test_no_delay_yet() -> None:
    assert Delays().percentiles_ms() is None
