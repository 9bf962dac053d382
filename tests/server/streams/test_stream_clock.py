import itertools
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.streams.stream_clock import SLACK_S, TICK, StreamClock


@given(st.lists(st.tuples(st.none() | st.floats(-1e6, 1e6), st.floats(0, 100)), min_size=2))
def test_time_goes_forward_whatever_is_sent(stamps: list[tuple[float | None, float]]) -> None:
    clock, now = StreamClock(), time.monotonic()

    found = [clock.pts(stamp, now + arrival) for stamp, arrival in stamps]

    assert all(later > earlier for earlier, later in itertools.pairwise(found))


def test_the_jitter_of_the_network_is_not_seen() -> None:
    clock, now = StreamClock(), time.monotonic()
    jitter = np.random.default_rng(0).uniform(0, 0.05, 60)

    found = [clock.pts(n / 30, now + n / 30 + jitter[n]) for n in range(60)]

    steps = np.diff(found) * float(TICK)
    assert np.abs(steps - 1 / 30).max() < 1e-4


def test_a_clock_that_runs_away_is_brought_back() -> None:
    clock, now = StreamClock(), time.monotonic()
    for number in range(300):
        pts = clock.pts(2 * number / 30, now + number / 30)

    assert abs(pts * float(TICK) - 299 / 30) < 2 * SLACK_S
