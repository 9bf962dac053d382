"""reenact/live/statistics.py: rates and percentiles over the last moments."""

import pytest

from reenact.live.statistics import Rate, Samples


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def ticked(events: int, fps: float) -> tuple[Rate, Clock]:
    clock = Clock()
    rate = Rate(3.0, clock=clock)
    for _ in range(events):
        rate.tick()
        clock.now += 1 / fps
    return rate, clock


@pytest.mark.parametrize("events", [90, 900])
def test_rate_is_that_of_the_events(events: int) -> None:
    rate, _ = ticked(events, fps=30)

    assert rate.count == events
    assert rate.per_s() == pytest.approx(30, abs=0.5)


def test_rate_rises_during_the_first_window() -> None:
    rate, _ = ticked(45, fps=30)

    assert rate.per_s() == 15


def test_two_events_at_once_are_no_rate_of_thousands() -> None:
    rate, _ = ticked(2, fps=10_000)

    assert rate.per_s() == pytest.approx(2 / 3)


def test_rate_forgets_what_is_long_ago() -> None:
    rate, clock = ticked(90, fps=30)
    clock.now += 3.0

    assert (rate.per_s(), rate.count) == (0.0, 90)


def test_no_event_is_no_rate() -> None:
    assert Rate().per_s() == 0


def test_percentiles_are_of_the_last_values() -> None:
    samples = Samples(kept=101)
    for milliseconds in (9999, *range(101)):
        samples.add(milliseconds / 1e3)

    assert samples.p50_p95_ms() == pytest.approx((50, 95))


def test_there_are_no_percentiles_of_nothing() -> None:
    assert Samples().p50_p95_ms() is None
