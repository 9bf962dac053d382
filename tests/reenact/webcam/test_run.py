"""reenact/webcam/run.py: the whole loop, on a camera, a pipeline and sinks of the test's."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import EngineError
from reenact.driving import Driving
from reenact.errors import MediaError
from reenact.pipeline import Pipeline
from reenact.types import FaceCrop, Frame, Image
from reenact.webcam.camera import Capture
from reenact.webcam.run import WebcamOptions, WebcamReport, run_webcam
from reenact.webcam.sinks import MemorySink
from reenact.webcam.window import Key
from tests.support.fake_camera import FakeCapture
from tests.support.fakes import (
    BRIGHTEST,
    INPUT_LEAST,
    FakeAligner,
    FakePack,
    ada,
    driver_frame,
    fake_reenactor,
)
from tests.support.waiting import wait_until

FPS = 200.0
IMPATIENT = WebcamOptions(fps=FPS, retry_s=(0.001,))


def pictures() -> Iterator[Image]:
    return (driver_frame(number).image for number in itertools.count())


def endless() -> Capture:
    return FakeCapture(pictures(), lambda: time.sleep(0.002))


def opened(
    script: list[bool] | None = None,
    failing: set[int] | None = None,
    raising: BaseException | None = None,
) -> Callable[[Driving], Pipeline]:
    """Opens a pipeline on a scripted face and nets that fail when told; for any name."""

    class RaisingAligner(FakeAligner):
        """Finds a face that does something else in every frame."""

        def align(self, frame: Frame) -> FaceCrop | None:
            if raising is not None and self.at == 5:
                raise raising
            face = super().align(frame)
            shape = np.random.default_rng(self.at).normal(100, 30, (478, 3))
            return None if face is None else replace(face, landmarks=shape)

    def open_one(driving: Driving) -> Pipeline:
        return Pipeline(
            fake_reenactor(FakePack(failing=failing or ())),
            driving,
            aligner=RaisingAligner(script or [True]),
        )

    return open_one


def run(
    options: WebcamOptions | None = None,
    *,
    open_capture: Callable[[], Capture] = endless,
    open_pipeline: Callable[[Driving], Pipeline] | None = None,
    sinks: list[Any] | None = None,
    window: Any = None,
    say: Callable[[str], None] = lambda text: None,
    status: Callable[[str], None] | None = None,
) -> WebcamReport:
    return run_webcam(
        options or WebcamOptions(fps=FPS, seconds=0.2),
        open_capture=open_capture,
        open_pipeline=open_pipeline or opened(),
        people={"ada": lambda: Driving(ada())},
        sinks=sinks or [],
        window=window,
        say=say,
        status=status,
    )


class FakeWindow(MemorySink):
    """Presses the keys of `script`, one after the other, once it is open."""

    def __init__(self, script: list[Key | None]) -> None:
        super().__init__()
        self._script = iter(script)

    def key(self) -> Key | None:
        assert threading.current_thread() is threading.main_thread()
        return next(self._script, None) if self.size else None


def our_threads() -> set[str]:
    return {"camera", "performer", "sink"} & {each.name for each in threading.enumerate()}


def test_pictures_reach_every_sink_and_the_report_tells_of_them() -> None:
    first, second = MemorySink(), MemorySink()

    report = run(sinks=[first, second])

    assert first.images
    assert second.images
    assert 0 < report.pictures <= report.camera_frames + 1
    assert report.delay_ms is not None
    assert "pictures of" in report.line()
    assert (first.closed, second.closed) == (True, True)
    assert our_threads() == set()


def test_without_a_sink_it_runs_to_be_measured() -> None:
    assert run().delay_ms is not None


def test_window_is_served_by_the_main_thread_and_ends_the_run() -> None:
    window = FakeWindow([None, "neutral", "mirror", None, "quit"])

    report = run(WebcamOptions(fps=FPS), window=window)

    assert report.pictures > 0
    assert window.images
    assert window.closed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_ends_the_run_cleanly(number: signal.Signals) -> None:
    before, sink = signal.getsignal(number), MemorySink()

    def send() -> None:
        wait_until(lambda: bool(sink.images))
        os.kill(os.getpid(), number)

    threading.Thread(target=send).start()
    run(WebcamOptions(fps=FPS), sinks=[sink])

    assert sink.closed
    assert signal.getsignal(number) is before
    assert our_threads() == set()


class StuckSink(MemorySink):
    """Does not come back from its first picture before the others are done."""

    def __init__(self, others: list[MemorySink]) -> None:
        super().__init__()
        self._others = others

    def write(self, image: Image, time: float) -> None:
        super().write(image, time)
        if len(self.images) == 1:
            wait_until(lambda: all(len(other.images) > 20 for other in self._others))
            os.kill(os.getpid(), signal.SIGTERM)


def test_stuck_sink_holds_up_neither_the_pipeline_nor_the_other_sinks() -> None:
    other = MemorySink()

    report = run(WebcamOptions(fps=FPS), sinks=[StuckSink([other]), other])

    assert report.pictures > 5
    assert len({image.tobytes() for image in other.images}) > 5


def failing_sink() -> MemorySink:
    class Failing(MemorySink):
        def write(self, image: Image, time: float) -> None:
            raise OSError(28, "No space left on device", "out.y4m")

    return Failing()


def no_camera() -> Capture:
    raise MediaError("there is no camera here")


FAILURES: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "camera": ({"open_capture": no_camera}, MediaError),
    "pipeline": ({"open_pipeline": opened(failing=set(range(1, 99)))}, EngineError),
    "tracker": ({"open_pipeline": opened(raising=RuntimeError("bug"))}, RuntimeError),
    "sink": ({"sinks": [failing_sink()]}, OSError),
}


@pytest.mark.parametrize(("parts", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_failure_of_a_part_ends_all_and_is_raised(
    parts: dict[str, Any], kind: type[Exception]
) -> None:
    other = MemorySink()
    sinks = [*parts.get("sinks", []), other]

    with pytest.raises(kind):
        run(WebcamOptions(fps=FPS), **{**parts, "sinks": sinks})

    assert our_threads() == set()
    assert other.size is None or other.closed


def test_lost_camera_comes_back_into_the_same_run() -> None:
    said: list[str] = []
    captures = iter([FakeCapture(itertools.islice(pictures(), 5)), endless()])
    sink = MemorySink()

    def end() -> None:
        wait_until(lambda: "the camera is back" in said and len(sink.images) > 20)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end).start()
    run(IMPATIENT, open_capture=lambda: next(captures), sinks=[sink], say=said.append)

    assert said == ["the camera is gone; waiting 60 s for it to come back", "the camera is back"]


def test_slow_camera_is_told_once() -> None:
    said: list[str] = []

    def end() -> None:
        wait_until(lambda: bool(said))
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end).start()
    run(WebcamOptions(fps=FPS, camera_fps=1e6), say=said.append)

    (text,) = said
    assert "frames/s where 1e+06 were asked for: more light" in text


def test_status_tells_rates_delay_drops_and_the_face() -> None:
    lines: list[str] = []

    run(WebcamOptions(fps=FPS, seconds=0.7), status=lines.append)

    assert "frames/s (camera " in lines[-1]
    assert "delay " in lines[-1]
    assert lines[-1].endswith(" dropped, ada, face tracked")


SCRIPTS = st.lists(st.booleans(), min_size=1, max_size=30)
KEYS: list[Key | None] = ["neutral", "mirror", "pause", "next", None]


@settings(max_examples=25)
@given(
    SCRIPTS,
    st.sets(st.integers(1, 40)),
    st.sampled_from([None, RuntimeError("bug"), OSError("cut")]),
    st.lists(st.integers(0, 12), max_size=4),
    st.lists(st.sampled_from(KEYS), max_size=8),
    st.sampled_from([None, (40, 64)]),
)
def test_no_pixel_of_the_camera_ever_reaches_a_sink(
    script: list[bool],
    failing: set[int],
    raising: BaseException | None,
    lives: list[int],
    keys: list[Key | None],
    size: tuple[int, int] | None,
) -> None:
    """Whatever fails, is lost or pressed: every camera pixel is brighter than any picture.

    lives: how many pictures the camera gives each time before it is lost, at last for good.
    """
    assert BRIGHTEST < INPUT_LEAST
    captures = (
        FakeCapture(itertools.islice(pictures(), count), lambda: time.sleep(0.001))
        for count in [20, *lives]
    )
    sink, window = MemorySink(), FakeWindow(keys)

    def open_capture() -> Capture:
        for capture in captures:
            return capture
        raise MediaError("the camera is lost for good")

    options = replace(IMPATIENT, size=size, give_up_s=0.02)
    with pytest.raises((MediaError, EngineError, RuntimeError, OSError)):
        run(
            options,
            open_capture=open_capture,
            open_pipeline=opened(script, failing, raising),
            sinks=[sink],
            window=window,
        )

    shown = [*sink.images, *window.images]
    assert shown
    assert max(int(image.max()) for image in shown) <= BRIGHTEST
