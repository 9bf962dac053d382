"""One driver's stream: the newest frame in, the picture of it out to all who watch."""

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from engines.base import EngineError
from reenact.driving import Driving
from reenact.errors import ReenactError
from reenact.face.calibration import CalibrationHint, calibration_hint
from reenact.live.newest import Newest
from reenact.media.preview import scale
from reenact.pipeline import Pipeline
from reenact.types import Image
from server.limits import Limits
from server.settings import StreamSettings
from server.streams.statistics import Statistics
from server.streams.tracker_thread import (
    ReceivedFrame,
    TrackedFrame,
    TrackerThread,
)
from server.webrtc.yuv import Picture, Yuv, yuv_of_picture

logger = logging.getLogger(__name__)

TRANSPORT_SIZE = 512
"""Side of the pictures that are sent, in pixels, whatever the pack makes."""

HINT_S = 0.25
"""Seconds between two looks at why calibration waits: measuring a face for each frame is dear."""


class Stream:
    """Runs a pipeline on the device thread, one frame at a time.

    `drain`, `listen` and `unlisten` belong to the event loop.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        settings: StreamSettings,
        limits: Limits,
        *,
        driving: Callable[[StreamSettings], Driving],
        wake: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        """driving: turns settings into the pipeline's. wake: tells the device thread that a frame
        waits. failed: told why this stream cannot go on, on the device thread, once."""
        self.settings = settings
        """Wanted by the client; may be replaced at any time, and holds from the next frame on."""
        self.statistics = Statistics()
        self.status: str = pipeline.status
        """What the last picture shows."""
        self.last_frame: float | None = None
        """When the last frame came, by time.monotonic()."""
        self._pipeline, self._applied, self._driving = pipeline, settings, driving
        self._limits, self._failed = limits, failed
        self._own_failures = self._in_a_row = 0
        self._recalibrating = self._ended = False
        self._listeners: tuple[Callable[[Picture], None], ...] = ()
        self._lock = threading.Lock()
        self._sized_from: Image | None = None
        self.last = Picture(self._yuv(pipeline.picture), time.monotonic())
        """The newest picture."""
        self.hint = self._find_hint()
        """Why calibration waits; None where nothing is learnt."""
        self._hinted = 0.0
        here = weakref.ref(self)  # a thread that referred to its stream would keep it alive

        def measure() -> bool:
            stream = here()
            return stream is not None and stream._applied.measure

        self._tracker = TrackerThread(
            pipeline.find,
            measure=measure,
            tracked_px=limits.tracked_px,
            wake=wake,
        )
        self._tracker.start()

    @property
    def inbox(self) -> Newest[ReceivedFrame]:
        """The camera's newest frame."""
        return self._tracker.inbox

    @property
    def dropped(self) -> int:
        """Frames that newer ones overtook."""
        return self.inbox.dropped + self._tracker.outbox.dropped

    @property
    def failures(self) -> int:
        """Frames so far for which no new picture could be made."""
        return self._own_failures + self._pipeline.failed

    async def drain(self, track: MediaStreamTrack) -> None:
        """Read `track` to its end, as fast as it comes: an unread track grows without bound."""
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            self.last_frame = time.monotonic()
            self.statistics.arrived.tick()
            self.inbox.put(ReceivedFrame(frame, self.last_frame))

    def listen(self, listener: Callable[[Picture], None]) -> None:
        """Hand each picture to `listener`, beginning with the last; it must neither block nor
        raise. It is called on the device thread."""
        with self._lock:
            self._listeners = (*self._listeners, listener)
        listener(self.last)

    def unlisten(self, listener: Callable[[Picture], None]) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other != listener)

    def recalibrate(self) -> None:
        """Learn the neutral face anew, from the next frame on. Any thread."""
        self._recalibrating = True

    def close(self) -> dict[str, Any]:
        """End the pipeline; its state. On the device thread; twice is harmless."""
        self._ended = True
        self._tracker.close()
        state = self._pipeline.state()
        self._pipeline.close()
        return state

    def ready(self) -> bool:
        return len(self._tracker.outbox) > 0 and not self._ended

    def work(self) -> None:
        """Show the newest frame. On the device thread; never raises."""
        tracked = self._tracker.outbox.take()
        if tracked is None or self._ended:
            return
        try:
            self._show(tracked)
            self._in_a_row = 0
        except EngineError as error:
            self._end(str(error))
        except Exception:  # noqa: BLE001 - one bad frame must not end the thread of all streams
            self._count_failure()

    def _show(self, tracked: TrackedFrame) -> None:
        waited = time.monotonic() - tracked.arrived
        self._apply_settings()
        if tracked.found is None:
            raise tracked.error or RuntimeError("a frame came to nothing")
        picture = self._pipeline.show(tracked.found).image
        self.status = self._pipeline.status
        if tracked.arrived - self._hinted > HINT_S:
            self._hinted, self.hint = tracked.arrived, self._find_hint()
        start = time.perf_counter()
        self._hand_out(Picture(self._yuv(picture), tracked.arrived, tracked.number))
        self._note(tracked, waited, time.perf_counter() - start)

    def _yuv(self, picture: Image) -> Yuv:
        """The picture at the size that is sent; one that is shown again is not scaled again."""
        if picture is not self._sized_from:
            self._sized_from, sized = picture, picture
            if picture.shape[0] != TRANSPORT_SIZE:
                sized = scale(picture, TRANSPORT_SIZE, TRANSPORT_SIZE)
            self._sent = yuv_of_picture(sized)
        return self._sent

    def _note(self, tracked: TrackedFrame, waited: float, sizing: float) -> None:
        """Note the time by stage. waited: from the frame's arrival to its turn, with tracking."""
        stages = dict(self._pipeline.seconds)
        stages["convert"] = tracked.convert_s + sizing
        stages["wait"] = max(waited - tracked.convert_s - stages["align"], 0.0)
        self.statistics.add_stages(stages)

    def _find_hint(self) -> CalibrationHint | None:
        left_s = self._pipeline.calibration_left_s
        return None if left_s is None else calibration_hint(self._pipeline.face, left_s)

    def _apply_settings(self) -> None:
        if self._recalibrating:
            self._recalibrating = False
            self._pipeline.recalibrate()
        wanted = self.settings
        if wanted == self._applied:
            return
        if replace(wanted, measure=self._applied.measure) != self._applied:
            try:
                self._pipeline.change(self._driving(wanted))
            except (ReenactError, EngineError) as error:
                logger.warning("new settings failed, keeping the old ones: %s", error)
                wanted = self.settings = replace(self._applied, measure=wanted.measure)
        self._applied = wanted

    def _hand_out(self, picture: Picture) -> None:
        with self._lock:
            self.last, listeners = picture, self._listeners
        for listener in listeners:
            listener(picture)

    def _count_failure(self) -> None:
        self._own_failures += 1
        self._in_a_row += 1
        if self._in_a_row == 1:
            logger.exception("a frame failed, holding the last picture")
        if self._in_a_row >= self._limits.failures:
            self._end(f"{self._in_a_row} frames in a row failed; the server's log says why")

    def _end(self, reason: str) -> None:
        self._ended = True
        self._failed(reason)


async def discard(track: MediaStreamTrack) -> None:
    """Read a track that nobody wants, so that it does not grow."""
    while True:
        try:
            await track.recv()
        except MediaStreamError:
            return
        await asyncio.sleep(0)
