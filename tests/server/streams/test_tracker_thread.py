"""server/streams/tracker_thread.py: the newest frame is tracked while the device is busy."""

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reenact.pipeline import Found
from reenact.types import Frame
from server.streams.tracker_thread import (
    SLACK_S,
    TICK,
    ReceivedFrame,
    StreamClock,
    TrackedFrame,
    TrackerThread,
)
from server.webrtc.delay_code import ROWS
from server.webrtc.yuv import add_code, video_frame

WIDTH, HEIGHT = 256, 480
"""Of a frame; the strip of a code is made for this height."""

WAIT_S = 10.0


def arrived(number: int, width: int = WIDTH) -> ReceivedFrame:
    grey = np.full(((HEIGHT - ROWS) * 3 // 2, width), 128, np.uint8)
    return ReceivedFrame(video_frame(add_code(grey, number)), time.monotonic())


class Rig:
    """A tracker thread that takes as long as it is told to."""

    def __init__(self, *, tracked_px: int = 1080) -> None:
        self.seen: list[Frame] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.measuring = True
        self.tracker = TrackerThread(
            self.find,
            measure=lambda: self.measuring,
            tracked_px=tracked_px,
            wake=lambda: None,
        )
        self.tracker.start()

    def find(self, frame: Frame) -> Found:
        self.seen.append(frame)
        self.may_go_on.wait(WAIT_S)
        return Found(frame, None, None, 0.01)

    def show(self, frame: ReceivedFrame) -> TrackedFrame:
        self.tracker.inbox.put(frame)
        tracked = self.tracker.outbox.take(WAIT_S)
        assert tracked is not None
        return tracked


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.may_go_on.set()
    made.tracker.close()


def test_a_frame_comes_out_without_its_code(rig: Rig) -> None:
    frame = arrived(1234)
    tracked = rig.show(frame)

    assert tracked.number == 1234
    assert tracked.arrived == frame.time
    assert tracked.found is not None
    assert tracked.found.frame.image.shape == (HEIGHT - ROWS, WIDTH, 3)
    assert tracked.convert_s > 0
    assert tracked.error is None


def test_a_frame_without_a_code_is_left_whole(rig: Rig) -> None:
    rig.measuring = False
    tracked = rig.show(arrived(7))

    assert tracked.number is None
    assert tracked.found is not None
    assert tracked.found.frame.image.shape == (HEIGHT, WIDTH, 3)


def test_only_the_newest_frame_waits(rig: Rig) -> None:
    rig.may_go_on.clear()
    rig.tracker.inbox.put(arrived(0))
    end = time.monotonic() + WAIT_S
    while not rig.seen and time.monotonic() < end:
        time.sleep(0.01)
    for number in range(1, 6):
        rig.tracker.inbox.put(arrived(number))
    rig.may_go_on.set()

    numbers: list[int | None] = []
    while not numbers or numbers[-1] != 5:
        tracked = rig.tracker.outbox.take(WAIT_S)
        assert tracked is not None
        numbers.append(tracked.number)
    assert set(numbers) <= {0, 5}
    assert rig.tracker.inbox.dropped == 4


def test_stamps_go_forward(rig: Rig) -> None:
    found = [rig.show(arrived(number)).found for number in range(4)]
    times = [one.frame.pts for one in found if one is not None]

    assert len(times) == 4
    assert times == sorted(set(times))


def test_a_large_frame_is_scaled_down_after_its_code_was_read() -> None:
    rig = Rig(tracked_px=WIDTH // 2)
    tracked = rig.show(arrived(1234))
    rig.tracker.close()

    assert tracked.number == 1234
    assert tracked.found is not None
    assert tracked.found.frame.image.shape == ((HEIGHT - ROWS) // 2, WIDTH // 2, 3)


def test_a_frame_that_cannot_be_read_ends_nothing(rig: Rig) -> None:
    broken: Any = ReceivedFrame(object(), 0.0)  # type: ignore[arg-type]

    assert isinstance(rig.show(broken).error, AttributeError)
    assert rig.show(arrived(1)).number == 1


def test_closing_ends_its_thread(rig: Rig) -> None:
    rig.tracker.close()
    before = len(rig.seen)
    rig.tracker.inbox.put(arrived(0))

    assert rig.tracker.outbox.take(0.2) is None
    assert len(rig.seen) == before


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
