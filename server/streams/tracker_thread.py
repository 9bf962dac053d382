"""Face tracking on its own thread, one frame ahead of the device thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av

from reenact.live.newest import Newest
from reenact.live.thread import PartThread
from reenact.media.preview import scale
from reenact.pipeline import Found
from reenact.types import Frame, Image
from server.webrtc import delay_code
from server.webrtc.yuv import luma, rgb_of, yuv_of

TICK = Fraction(1, 90000)
"""Seconds per unit of a frame's stamp, as in RTP."""

SLACK_S = 0.25
"""Seconds by which a sender's stamps may differ from the arrival before they are tied to it anew:
more than the jitter of a network, less than a pause that one would see."""

_CLOSE_S, _POLL_S = 5.0, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedFrame:
    """A decoded frame of a driver's camera."""

    frame: "av.VideoFrame"
    """The picture, as its decoder gave it."""
    time: float
    """When it came, by time.monotonic()."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame:
    """A received frame without its delay code, and the face in it."""

    arrived: float
    """When the frame came, by time.monotonic()."""
    number: int | None
    """Number in the delay code; None where there is none."""
    found: Found | None
    """The frame and its face; None when the frame could not be read."""
    convert_s: float
    """Seconds from the decoder's format to RGB."""
    error: Exception | None = None
    """Why the frame could not be read."""


class TrackerThread(PartThread):
    """Looks for the face in a stream's newest frame while the device draws the one before."""

    def __init__(
        self,
        find: Callable[[Frame], Found],
        *,
        measure: Callable[[], bool],
        tracked_px: int,
        wake: Callable[[], None],
    ) -> None:
        """find: a pipeline's. measure: whether frames bear a delay code.
        tracked_px: short side to which larger frames are scaled down. wake: called when there is
        something in `outbox`."""
        super().__init__("tracker", close_s=_CLOSE_S)
        self.inbox: Newest[ReceivedFrame] = Newest()
        """The newest frame that came."""
        self.outbox: Newest[TrackedFrame] = Newest(wake)
        """The newest frame that was looked at."""
        self._find, self._measure, self._tracked_px = find, measure, tracked_px
        self._clock = StreamClock()

    def work(self) -> None:
        while not self._stop.is_set():
            received = self.inbox.take(_POLL_S)
            if received is not None:
                self.outbox.put(self._track(received))

    def _track(self, received: ReceivedFrame) -> TrackedFrame:
        start = time.perf_counter()
        try:
            image, number = self._driver_image(received.frame)
        except Exception as error:  # noqa: BLE001 - the stream decides whether to go on
            return TrackedFrame(received.time, None, None, 0.0, error)
        frame = Frame(image, self._clock.pts(_stamp_s(received.frame), received.time), TICK)
        convert_s = time.perf_counter() - start
        return TrackedFrame(received.time, number, self._find(frame), convert_s)

    def _driver_image(self, frame: "av.VideoFrame") -> tuple[Image, int | None]:
        yuv = yuv_of(frame)
        image, number = rgb_of(yuv), None
        if self._measure():
            number = delay_code.read(luma(yuv))
            image = image[delay_code.rows_of(image.shape[0]) :]
        return self._scale_down(image), number

    def _scale_down(self, image: Image) -> Image:
        height, width = image.shape[:2]
        factor = self._tracked_px / min(height, width)
        return image if factor >= 1 else scale(image, round(width * factor), round(height * factor))


class StreamClock:
    """The time of a live stream's frames: the sender's even steps, tied to this machine's clock.

    Each frame is later than the one before. The sender's stamps have no network jitter, but may
    jump or run away (they are the client's to choose): when they differ from the arrival by more
    than `SLACK_S`, they are tied to it anew.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._offset: float | None = None
        self._last = -1

    def pts(self, stamp_s: float | None, arrival: float) -> int:
        """A frame's stamp, in `TICK`s since the stream began. stamp_s: the sender's time, if any.

        arrival: time.monotonic() when the frame came.
        """
        here = arrival - self._start
        moment = here
        if stamp_s is not None:
            if self._offset is None or abs(stamp_s + self._offset - here) > SLACK_S:
                self._offset = here - stamp_s
            moment = stamp_s + self._offset
        self._last = max(round(moment / TICK), self._last + 1)
        return self._last


def _stamp_s(frame: "av.VideoFrame") -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)
