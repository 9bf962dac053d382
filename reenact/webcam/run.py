"""A camera drives an identity, live: camera -> newest frame -> pipeline -> sinks.

The camera, the pipeline and each sink have a thread of their own, with one slot between them; the
window and the words to the user belong to the calling thread, which must be the main one.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from reenact.driving import Driving
from reenact.live.statistics import Samples
from reenact.live.thread import PartThread
from reenact.pipeline import Pipeline
from reenact.webcam.camera import Capture
from reenact.webcam.capture_thread import GIVE_UP_S, RATE_S, RETRY_S, CaptureThread
from reenact.webcam.pipeline_thread import PipelineThread
from reenact.webcam.sink_thread import SinkThread
from reenact.webcam.sinks import FrameSink, NullSink
from reenact.webcam.window import KeyedSink, WindowView

_CHECK_S = 0.02  # between two checks of the other threads: one picture at 50 a second
_STATUS_S = 0.5  # between two lines of status: slow enough to read
_SLOW_CAMERA = 0.8  # of the rate asked for


@dataclass(frozen=True, slots=True)
class WebcamOptions:
    """Options of a live stream."""

    fps: float = 30.0
    """Pictures a second that the sinks get at most."""
    size: tuple[int, int] | None = None
    """(height, width) to fit pictures into; as the pack makes them when None."""
    mirror: bool = False
    """Show pictures left to right."""
    seconds: float | None = None
    """Seconds from the first picture to the end; without end when None."""
    camera_fps: float | None = None
    """Frames a second that the camera was asked for, to say so when it gives less."""
    give_up_s: float = GIVE_UP_S
    """Seconds that a lost camera is waited for."""
    retry_s: Sequence[float] = RETRY_S
    """Seconds before each try to open it again, the last one from then on."""


@dataclass(frozen=True, slots=True)
class WebcamReport:
    """Figures of a live stream that ended."""

    pictures: int
    """Pictures that were made."""
    camera_frames: int
    """Frames that came from the camera."""
    dropped: int
    """Frames that newer ones overtook."""
    delay_ms: tuple[float, float] | None
    """(p50, p95) of the last pictures, from the arrival of the camera's frame to its picture in the
    first sink, in milliseconds; None when none was shown."""

    def line(self) -> str:
        words = f"{self.pictures} pictures of {self.camera_frames} camera frames"
        return f"{words}, {_delay(self.delay_ms)}, {self.dropped} dropped"


def run_webcam(
    options: WebcamOptions,
    *,
    open_capture: Callable[[], Capture],
    open_pipeline: Callable[[Driving], Pipeline],
    people: Mapping[str, Callable[[], Driving]],
    sinks: Sequence[FrameSink],
    window: KeyedSink | None = None,
    say: Callable[[str], None],
    status: Callable[[str], None] | None = None,
) -> WebcamReport:
    """Run until the window is closed, the time is over, or SIGINT or SIGTERM comes.

    open_capture, open_pipeline: each is called on the thread that will use what it opens. people:
    see `PipelineThread`. sinks: closed at the end, as is the window. say: takes sentences for the
    user. status: takes the present state, twice a second. Raises what ended a camera, pipeline or
    sink.
    """
    view = None if window is None else WindowView(window, options.fps)
    threads = [SinkThread(sink, options.fps) for sink in sinks]
    if not threads and view is None:
        threads = [SinkThread(NullSink(), options.fps)]
    outlets: list[WindowView | SinkThread] = [*threads] if view is None else [view, *threads]
    retry_s, give_up_s = options.retry_s, options.give_up_s
    capture = CaptureThread(open_capture, say=say, retry_s=retry_s, give_up_s=give_up_s)
    inboxes = [outlet.inbox for outlet in outlets]
    pipeline = PipelineThread(
        capture.newest, open_pipeline, people, inboxes, options.size, mirror=options.mirror, say=say
    )
    watch = _Watch(options, capture, pipeline, threads, view, outlets[0].delays)
    with ExitStack() as running:
        stop = running.enter_context(_stop_on_signals())
        if view is not None:
            running.callback(view.close)
        for part in (*threads, pipeline, capture):
            running.callback(part.close)
            part.start()
        watch.run(stop, say, status)
    watch.raise_what_failed()
    return watch.report()


class _Watch:
    """The main thread: watches the other threads, the window and the user."""

    def __init__(
        self,
        options: WebcamOptions,
        capture: CaptureThread,
        pipeline: PipelineThread,
        sinks: Sequence[SinkThread],
        view: WindowView | None,
        delays: Samples,
    ) -> None:
        self._options, self._capture, self._pipeline = options, capture, pipeline
        self._threads: tuple[PartThread, ...] = (capture, pipeline, *sinks)
        self._view, self._delays = view, delays
        self._start: float | None = None
        self._is_slow_camera_told = options.camera_fps is None

    def run(
        self,
        stop: threading.Event,
        say: Callable[[str], None],
        status: Callable[[str], None] | None,
    ) -> None:
        due = time.monotonic()
        while not stop.is_set() and not self._is_over():
            self.raise_what_failed()
            self._wait(stop)
            if time.monotonic() > due:
                due += _STATUS_S
                self._tell_slow_camera(say)
                if status is not None:
                    status(self.line())

    def raise_what_failed(self) -> None:
        for thread in self._threads:
            if thread.error is not None:
                raise thread.error

    def report(self) -> WebcamReport:
        return WebcamReport(
            pictures=self._pipeline.rate.count,
            camera_frames=self._capture.rate.count,
            dropped=self._pipeline.dropped,
            delay_ms=self._delays.p50_p95_ms(),
        )

    def line(self) -> str:
        rate, camera = self._pipeline.rate.per_s(), self._capture.rate.per_s()
        return (
            f"{rate:.1f} frames/s (camera {camera:.1f}), {_delay(self._delays.p50_p95_ms())}, "
            f"{self._pipeline.dropped} dropped, {self._pipeline.identity}, "
            f"face {self._pipeline.status}"
        )

    def _is_over(self) -> bool:
        if self._start is None and self._pipeline.rate.count:
            self._start = time.monotonic()
        if self._start is None or self._options.seconds is None:
            return False
        return time.monotonic() - self._start >= self._options.seconds

    def _wait(self, stop: threading.Event) -> None:
        if self._view is None:
            stop.wait(_CHECK_S)
            return
        key = self._view.pump(_CHECK_S)
        if key == "quit":
            stop.set()
        elif key is not None:
            self._pipeline.press(key)

    def _tell_slow_camera(self, say: Callable[[str], None]) -> None:
        asked, rate = self._options.camera_fps, self._capture.rate
        measured = self._start is not None and time.monotonic() - self._start > RATE_S
        if self._is_slow_camera_told or asked is None or not measured:
            return
        self._is_slow_camera_told = True
        if rate.per_s() < _SLOW_CAMERA * asked:
            say(
                f"the camera gives {rate.per_s():.0f} frames/s where {asked:g} were asked for: "
                "more light helps most cameras, a smaller --camera-size some"
            )


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM set the event; a second one interrupts."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _delay(milliseconds: tuple[float, float] | None) -> str:
    if milliseconds is None:
        return "no delay yet"
    return "delay {:.0f} ms (p95 {:.0f})".format(*milliseconds)
