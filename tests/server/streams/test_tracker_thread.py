"""The newest frame is looked at while the device is busy, and nothing piles up."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from reenact.types import Frame
from server.streams.ahead_aligner import Look
from server.streams.tracker_thread import Looked, ReceivedFrame, TrackerThread, UnfitFrameError
from server.webrtc.delay_code import ROWS
from server.webrtc.yuv import add_code, video_frame

WIDTH, HEIGHT = 256, 480
"""Of a frame; the strip of a code is made for this height."""

WAIT_S = 10.0


def arrived(number: int, width: int = WIDTH) -> ReceivedFrame:
    grey = np.full(((HEIGHT - ROWS) * 3 // 2, width), 128, np.uint8)
    return ReceivedFrame(video_frame(add_code(grey, number)), time.monotonic())


class Rig:
    """A lookout that looks as long as it is told to."""

    def __init__(self) -> None:
        self.seen: list[Frame] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.measuring = True
        self.lookout = TrackerThread(
            self.look, measure=lambda: self.measuring, most_pixels=WIDTH * HEIGHT, wake=lambda: None
        )
        self.lookout.start()

    def look(self, frame: Frame) -> Look:
        self.seen.append(frame)
        self.may_go_on.wait(WAIT_S)
        return Look(None, None, 0.01)

    def show(self, frame: ReceivedFrame) -> Looked:
        self.lookout.inbox.put(frame)
        looked = self.lookout.outbox.take(WAIT_S)
        assert looked is not None
        return looked


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.may_go_on.set()
    made.lookout.close()


def test_a_frame_comes_out_without_its_code(rig: Rig) -> None:
    frame = arrived(1234)
    looked = rig.show(frame)

    assert looked.number == 1234
    assert looked.arrived == frame.time
    assert looked.frame is not None
    assert looked.frame.image.shape == (HEIGHT - ROWS, WIDTH, 3)
    assert looked.look is not None
    assert looked.error is None


def test_a_frame_without_a_code_is_left_whole(rig: Rig) -> None:
    rig.measuring = False
    looked = rig.show(arrived(7))

    assert looked.number is None
    assert looked.frame is not None
    assert looked.frame.image.shape == (HEIGHT, WIDTH, 3)


def test_only_the_newest_frame_waits(rig: Rig) -> None:
    rig.may_go_on.clear()
    rig.lookout.inbox.put(arrived(0))
    end = time.monotonic() + WAIT_S
    while not rig.seen and time.monotonic() < end:
        time.sleep(0.01)
    for number in range(1, 6):
        rig.lookout.inbox.put(arrived(number))
    rig.may_go_on.set()

    numbers: list[int | None] = []
    while not numbers or numbers[-1] != 5:
        looked = rig.lookout.outbox.take(WAIT_S)
        assert looked is not None
        numbers.append(looked.number)
    assert set(numbers) <= {0, 5}
    assert rig.lookout.inbox.dropped == 4


def test_stamps_go_forward(rig: Rig) -> None:
    stamps = [rig.show(arrived(number)).frame for number in range(4)]
    times = [frame.pts for frame in stamps if frame is not None]

    assert len(times) == 4
    assert times == sorted(set(times))


@pytest.mark.parametrize("width", [WIDTH + 16, 4 * WIDTH])
def test_a_frame_that_is_too_large_is_handed_on_as_an_error(rig: Rig, width: int) -> None:
    looked = rig.show(arrived(0, width))

    assert isinstance(looked.error, UnfitFrameError)
    assert "choose a smaller size" in str(looked.error)
    assert not rig.seen
    assert rig.show(arrived(1)).error is None


def test_a_frame_that_cannot_be_read_ends_nothing(rig: Rig) -> None:
    broken: Any = ReceivedFrame(object(), 0.0)  # type: ignore[arg-type]

    assert isinstance(rig.show(broken).error, AttributeError)
    assert rig.show(arrived(1)).number == 1


def test_closing_ends_its_thread(rig: Rig) -> None:
    rig.lookout.close()
    before = len(rig.seen)
    rig.lookout.inbox.put(arrived(0))

    assert rig.lookout.outbox.take(0.2) is None
    assert len(rig.seen) == before
