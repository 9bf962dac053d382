"""One driver's stream: the newest frame in, the picture of it out to all who watch."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from engines.base import EngineError
from reenact.errors import ReenactError
from reenact.live.newest import Newest
from server.limits import Limits
from server.settings import StreamSettings
from server.streams.performance import Performance
from server.streams.statistics import Statistics
from server.streams.tracker_thread import Looked, ReceivedFrame, TrackerThread, UnfitFrameError
from server.webrtc.yuv import Picture, yuv_of_picture

logger = logging.getLogger(__name__)

ADVICE_S = 0.25


class Stream:
    """A job of the worker. `drain`, `listen` and `unlisten` belong to the event loop.

    settings: may be replaced at any time; they hold from the next frame on.
    """

    def __init__(
        self,
        performance: Performance,
        settings: StreamSettings,
        limits: Limits,
        *,
        wake: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        """wake: tells the worker that a frame waits. failed: told why this stream cannot go on, on
        the worker's thread, once."""
        self.settings = settings
        self.statistics = Statistics()
        self._own_failures = 0
        self._performance, self._applied = performance, settings
        self._limits, self._failed = limits, failed
        self._lookout = TrackerThread(
            performance.look,
            measure=lambda: self._applied.measure,
            most_pixels=limits.picture_pixels,
            wake=wake,
        )
        self._listeners: tuple[Callable[[Picture], None], ...] = ()
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._recalibrating = False
        self._ended = False
        self.status: str = performance.status
        self.advice = performance.advice()
        self._advised = 0.0
        self.last_frame: float | None = None
        self.last = Picture(yuv_of_picture(performance.picture), time.monotonic())
        self._lookout.start()

    @property
    def inbox(self) -> Newest[ReceivedFrame]:
        """The camera's newest frame."""
        return self._lookout.inbox

    @property
    def dropped(self) -> int:
        """Frames that newer ones overtook."""
        return self.inbox.dropped + self._lookout.outbox.dropped

    @property
    def failures(self) -> int:
        """Frames so far for which no new picture could be made."""
        return self._own_failures + self._performance.failed

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
        raise. It is called on the worker's thread."""
        with self._lock:
            self._listeners = (*self._listeners, listener)
        listener(self.last)

    def unlisten(self, listener: Callable[[Picture], None]) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other != listener)

    def recalibrate(self) -> None:
        """Learn the resting face anew, from the next frame on. Any thread."""
        self._recalibrating = True

    def close(self) -> dict[str, Any]:
        """End the performance; what it remembered. On the worker's thread; twice is harmless."""
        self._ended = True
        self._lookout.close()
        state = self._performance.state()
        self._performance.close()
        return state

    def ready(self) -> bool:
        return len(self._lookout.outbox) > 0 and not self._ended

    def work(self) -> None:
        """Show the newest frame. On the worker's thread; never raises."""
        looked = self._lookout.outbox.take()
        if looked is None or self._ended:
            return
        try:
            self._show(looked)
            self._in_a_row = 0
        except (EngineError, UnfitFrameError) as error:
            self._end(str(error))
        except Exception:  # noqa: BLE001 - one bad frame must not end the thread of all streams
            self._count_failure()

    def _show(self, looked: Looked) -> None:
        waited = time.monotonic() - looked.arrived
        self._apply_settings()
        if looked.frame is None:
            raise looked.error or RuntimeError("a frame came to nothing")
        picture = self._performance(looked.frame, looked.look)
        self.status = self._performance.status
        if looked.arrived - self._advised > ADVICE_S:
            self._advised, self.advice = looked.arrived, self._performance.advice()
        drawn = time.perf_counter()
        self._hand_out(Picture(yuv_of_picture(picture), looked.arrived, looked.number))
        self._note(looked, waited, time.perf_counter() - drawn)

    def _note(self, looked: Looked, waited: float, drawing: float) -> None:
        """What the stages took. waited: from the frame's arrival to its turn, looking included."""
        stages = dict(self._performance.laps.seconds)
        converting = looked.seconds["convert"]
        stages["convert"] = stages.get("convert", 0.0) + converting + drawing
        stages["wait"] = max(waited - converting - stages.get("align", 0.0), 0.0)
        self.statistics.add_stages(stages)

    def _apply_settings(self) -> None:
        if self._recalibrating:
            self._recalibrating = False
            self._performance.recalibrate()
        wanted = self.settings
        if wanted == self._applied:
            return
        if replace(wanted, measure=self._applied.measure) != self._applied:
            try:
                self._performance.apply(wanted)
            except (ReenactError, EngineError) as error:
                logger.warning("new settings failed, going on with the old ones: %s", error)
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
