"""Looks for the face in a stream's newest frame while the device makes the picture before it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import av

from reenact.live.newest import Newest
from reenact.live.thread import PartThread
from reenact.types import Frame, Image
from server.streams.ahead_aligner import Look
from server.streams.stream_clock import TICK, StreamClock
from server.webrtc import delay_code
from server.webrtc.yuv import luma, rgb_of, yuv_of

_CLOSE_S, _NAP_S = 5.0, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedFrame:
    """A decoded frame. time: when it came, by time.monotonic()."""

    frame: "av.VideoFrame"
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A frame without its delay code, the code's number, and where its face is.

    seconds: what the stages took. error: in place of a frame.
    """

    arrived: float
    frame: Frame | None
    number: int | None
    look: Look | None
    seconds: dict[str, float]
    error: Exception | None = None


class UnfitFrameError(Exception):
    """A frame that no later one can make good."""


class TrackerThread(PartThread):
    """Of one stream. inbox, outbox: the newest frame that came, and the newest that was seen."""

    def __init__(
        self,
        look: Callable[[Frame], Look],
        *,
        measure: Callable[[], bool],
        most_pixels: int,
        wake: Callable[[], None],
    ) -> None:
        """look: finds the face. measure: whether frames bear a delay code. wake: called when there
        is something in `outbox`."""
        super().__init__("lookout", close_s=_CLOSE_S)
        self.inbox: Newest[ReceivedFrame] = Newest()
        self.outbox: Newest[Looked] = Newest(wake)
        self._look, self._measure, self._most_pixels = look, measure, most_pixels
        self._clock = StreamClock()

    def work(self) -> None:
        while not self._stop.is_set():
            arrived = self.inbox.take(_NAP_S)
            if arrived is not None:
                self.outbox.put(self._looked(arrived))

    def _looked(self, arrived: ReceivedFrame) -> Looked:
        start = time.perf_counter()
        try:
            image, number = self._driver_image(arrived.frame)
        except Exception as error:  # noqa: BLE001 - the stream decides whether to go on
            return Looked(arrived.time, None, None, None, {}, error)
        frame = Frame(image, self._clock.pts(_stamp_s(arrived.frame), arrived.time), TICK)
        seconds = {"convert": time.perf_counter() - start}
        return Looked(arrived.time, frame, number, self._look(frame), seconds)

    def _driver_image(self, frame: "av.VideoFrame") -> tuple[Image, int | None]:
        if frame.width * frame.height > self._most_pixels:
            raise UnfitFrameError(
                f"the camera sends {frame.width} x {frame.height} pixels, which is more than "
                f"{self._most_pixels}; choose a smaller size"
            )
        yuv = yuv_of(frame)
        image = rgb_of(yuv)
        if not self._measure():
            return image, None
        return image[delay_code.rows_of(image.shape[0]) :], delay_code.read(luma(yuv))


def _stamp_s(frame: "av.VideoFrame") -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)
