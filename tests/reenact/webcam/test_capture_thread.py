"""reenact/webcam/capture_thread.py: always reading, and patient with a camera that goes."""

import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.types import Image
from reenact.webcam.camera import Capture
from reenact.webcam.capture_thread import CaptureThread
from tests.support.fake_camera import FakeCapture
from tests.support.waiting import wait_until

GONE = MediaError("there is no camera here: plug one in")


def picture(number: int) -> Image:
    return np.full((2, 2, 3), number, np.uint8)


def test_only_the_newest_picture_waits_and_the_others_are_counted() -> None:
    given, rest = threading.Event(), threading.Event()

    def pictures() -> Iterator[Image]:
        yield from map(picture, range(9))
        given.set()
        rest.wait(60)

    feed = CaptureThread(lambda: FakeCapture(pictures()), say=print)
    feed.start()
    given.wait(60)
    taken = feed.newest.take()
    rest.set()
    feed.close()

    assert taken is not None
    assert (taken.image[0, 0, 0], feed.newest.dropped, feed.rate.count) == (8, 8, 9)


def test_picture_is_stamped_when_it_came() -> None:
    before = time.monotonic()
    feed = CaptureThread(
        lambda: FakeCapture(itertools.repeat(picture(1)), lambda: time.sleep(0.001)), say=print
    )
    feed.start()
    taken = feed.newest.take(60)
    feed.close()

    assert taken is not None
    assert before <= taken.time <= time.monotonic()


def test_lost_camera_is_told_once_and_taken_again_when_it_is_back() -> None:
    said: list[str] = []
    answers: Iterator[Capture | MediaError] = iter(
        [
            FakeCapture([picture(1)]),
            GONE,
            GONE,
            FakeCapture(itertools.repeat(picture(2)), lambda: time.sleep(0.001)),
        ]
    )

    def open_capture() -> Capture:
        answer = next(answers)
        if isinstance(answer, MediaError):
            raise answer
        return answer

    feed = CaptureThread(open_capture, say=said.append, retry_s=[0.001], give_up_s=60)
    feed.start()
    wait_until(lambda: feed.rate.count > 3)
    feed.close()

    assert said == [
        "the camera is gone; waiting 60 s for it to come back",
        "the camera is back",
    ]
    assert feed.error is None


def test_camera_that_stays_away_ends_the_feed_with_a_sentence() -> None:
    first = FakeCapture([picture(1)])
    captures = iter([first])

    def open_capture() -> Capture:
        for capture in captures:
            return capture
        raise GONE

    feed = CaptureThread(open_capture, say=lambda text: None, retry_s=[0.001], give_up_s=0.01)
    feed.start()
    wait_until(lambda: feed.error is not None)

    assert isinstance(feed.error, MediaError)
    assert str(feed.error).startswith("the camera did not come back within 0.01 s: there is no")
    assert first.closed


def test_camera_that_is_not_there_is_not_waited_for() -> None:
    def open_capture() -> Capture:
        raise GONE

    feed = CaptureThread(open_capture, say=pytest.fail)
    feed.start()
    wait_until(lambda: feed.error is not None)

    assert feed.error is GONE


def test_closing_closes_the_camera_and_ends_the_thread() -> None:
    capture = FakeCapture(itertools.repeat(picture(1)), lambda: time.sleep(0.001))
    feed = CaptureThread(lambda: capture, say=print)
    feed.start()
    feed.newest.take(60)
    feed.close()
    feed.close()

    assert capture.closed
    assert "camera" not in [thread.name for thread in threading.enumerate()]
