"""reenact/webcam/pipeline_thread.py: the newest frame in, pictures out, and what keys do."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from engines.base import EngineError
from reenact.driving import Driving
from reenact.live.newest import Newest
from reenact.types import Frame, Image
from reenact.webcam.capture_thread import CapturedFrame
from reenact.webcam.pipeline_thread import PipelineThread
from reenact.webcam.sinks import OutputFrame
from tests.support.fakes import ada
from tests.support.waiting import wait_until

NAMES = ("ada", "ben", "eve")


class Portrait:
    """Shows its person's number, a step from the left to the right; keeps what it was given."""

    def __init__(self, name: str) -> None:
        self.name, self.status, self.closed = name, "idle", False
        self.frames: list[Frame] = []
        self.recalibrated = 0
        self.during: Callable[[], object] = lambda: None

    def __call__(self, frame: Frame) -> Frame:
        self.frames.append(frame)
        self.status = "tracked" if frame.image.any() else "idle"
        self.during()
        picture = np.full((4, 4, 3), 10 * NAMES.index(self.name), np.uint8)
        picture[:, :2] += 1
        return replace(frame, image=picture)

    def recalibrate(self) -> None:
        self.recalibrated += 1

    def change(self, driving: Driving) -> None:
        if driving.identity.name == "eve":
            raise EngineError("her net failed")
        self.name = driving.identity.name

    def close(self) -> None:
        self.closed = True


def drive(name: str) -> Driving:
    return Driving(replace(ada(), name=name))


class Stage:
    """A pipeline thread with everything around it."""

    def __init__(self, **options: Any) -> None:
        self.camera: Newest[CapturedFrame] = Newest()
        self.inbox: Newest[OutputFrame] = Newest()
        self.opened: list[Portrait] = []
        self.said: list[str] = []
        self.thread = PipelineThread(
            self.camera,
            self.open,
            {name: partial(drive, name) for name in NAMES},
            [self.inbox],
            say=self.said.append,
            **options,
        )

    def open(self, driving: Driving) -> Any:
        self.opened.append(Portrait(driving.identity.name))
        return self.opened[0]

    @property
    def portrait(self) -> Portrait:
        return self.opened[0]

    def take(self, level: int = 200) -> OutputFrame:
        """What is shown for the camera's next picture."""
        image = np.full((6, 8, 3), level, np.uint8)
        self.camera.put(CapturedFrame(image, time.monotonic()))
        while True:
            shown = self.inbox.take(60)
            assert shown is not None
            if shown.taken is not None:
                return shown


@contextmanager
def playing(**options: Any) -> Iterator[Stage]:
    stage = Stage(**options)
    stage.thread.start()
    first = stage.inbox.take(60)
    assert first is not None
    assert first.taken is None
    try:
        yield stage
    finally:
        stage.thread.close()


def number_of(image: Image) -> int:
    return int(image.max()) // 10


def test_identity_at_rest_is_shown_before_the_camera_is() -> None:
    with playing() as stage:
        (frame,) = stage.portrait.frames

    assert not frame.image.any()


def test_picture_of_the_newest_frame_is_shown_with_the_time_it_came() -> None:
    with playing() as stage:
        before = time.monotonic()
        shown = stage.take()

    assert shown.taken is not None
    assert before <= shown.taken <= time.monotonic()
    assert stage.portrait.frames[1].image[0, 0, 0] == 200


def test_pipeline_five_times_too_slow_always_works_on_the_newest_frame() -> None:
    with playing() as stage:
        slow, done = stage.portrait, threading.Event()

        def meanwhile() -> None:
            seen = int(slow.frames[-1].image[0, 0, 0])
            for level in range(seen + 1, min(seen + 6, 252)):
                stage.camera.put(
                    CapturedFrame(np.full((6, 8, 3), level, np.uint8), time.monotonic())
                )
            if seen >= 100:
                done.set()

        slow.during = meanwhile
        stage.camera.put(CapturedFrame(np.full((6, 8, 3), 1, np.uint8), time.monotonic()))
        assert done.wait(60)
        stage.thread.close()
        levels = [int(frame.image[0, 0, 0]) for frame in slow.frames[1:]]

    assert levels == list(range(1, levels[-1] + 1, 5))
    assert stage.thread.dropped >= 4 * (len(levels) - 1)


def test_stamps_rise_and_are_microseconds() -> None:
    with playing() as stage:
        for _ in range(5):
            stage.take()
        frames = stage.portrait.frames

    assert all(second.pts > first.pts for first, second in pairwise(frames))
    assert 0 <= frames[-1].time < 60


def test_starved_pipeline_is_shown_black_until_it_idles() -> None:
    with playing(starved_s=0.01) as stage:
        stage.take()
        portrait = stage.portrait
        wait_until(lambda: stage.thread.status == "idle")
        last = portrait.frames[-1].image
        count = len(portrait.frames)
        time.sleep(0.1)

    assert last.shape == (6, 8, 3)
    assert not last.any()
    assert len(portrait.frames) == count


def test_pictures_are_fitted_and_mirrored() -> None:
    with playing(size=(8, 12), mirror=True) as stage:
        image = stage.take().image

    assert image.shape == (8, 12, 3)
    assert image[0, 9, 0] > image[0, 2, 0]


def test_mirror_key_turns_it_over() -> None:
    with playing() as stage:
        stage.thread.press("mirror")
        wait_until(lambda: bool(np.argmax(stage.take().image[0, :, 0])))


def test_pause_keeps_the_picture_until_it_is_pressed_again() -> None:
    with playing() as stage:
        stage.thread.press("pause")
        wait_until(lambda: stage.thread._paused)
        stage.camera.put(CapturedFrame(np.full((6, 8, 3), 1, np.uint8), time.monotonic()))
        assert stage.inbox.take(0.1) is None

        stage.thread.press("pause")
        wait_until(lambda: not stage.thread._paused)
        assert stage.take(2).taken is not None


def test_neutral_key_learns_the_resting_face_anew() -> None:
    with playing() as stage:
        stage.thread.press("neutral")
        wait_until(lambda: stage.portrait.recalibrated == 1)


def test_next_identity_is_shown_by_the_same_pipeline() -> None:
    with playing() as stage:
        stage.take()
        stage.thread.press("next")
        wait_until(lambda: number_of(stage.take().image) == 1)

    assert stage.thread.identity == "ben"
    assert len(stage.opened) == 1


def test_identity_that_cannot_be_shown_is_told_and_passed_over() -> None:
    with playing() as stage:
        for _ in range(2):
            stage.thread.press("next")
        wait_until(lambda: bool(stage.said))
        assert number_of(stage.take().image) == 1
        stage.thread.press("next")
        wait_until(lambda: stage.thread.identity == "ada")

    assert stage.said == ["eve cannot be shown: her net failed"]


def test_failure_ends_the_thread_and_closes_the_pipeline() -> None:
    with playing() as stage:

        def fail() -> None:
            raise EngineError("30 frames in a row failed")

        stage.portrait.during = fail
        stage.camera.put(CapturedFrame(np.ones((6, 8, 3), np.uint8), time.monotonic()))
        wait_until(lambda: stage.thread.error is not None)
        stage.thread.close()

    assert str(stage.thread.error) == "30 frames in a row failed"
    assert stage.portrait.closed


def test_frames_that_came_while_it_was_opened_are_not_counted_as_dropped() -> None:
    stage = Stage()
    for _ in range(9):
        stage.camera.put(CapturedFrame(np.ones((6, 8, 3), np.uint8), time.monotonic()))
    stage.thread.start()
    stage.inbox.take(60)
    stage.take()
    stage.thread.close()

    assert stage.thread.dropped == 0
