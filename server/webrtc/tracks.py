"""Outgoing WebRTC tracks: the newest generated picture, and sound delayed to match it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack

from reenact.live.newest import Newest
from server.webrtc.yuv import Picture, add_code, video_frame

AUDIO_WAITING = 100
"""Frames of 20 ms: two seconds, far more than the pictures are ever late."""


SOUND_PACKETS = 250
"""Five seconds of packets: long enough to hold an undelayed one, short enough to follow clocks that
drift apart."""

JUMP_S = 1.0
"""Stamps that are off by more than this against the arrivals begin anew."""


class PictureTrack(MediaStreamTrack):
    """Sends the newest picture, stamped by this machine's clock. Belongs to one event loop.

    With the stamps of the driver's camera, the receiver would take every change of the model's time
    for a change of the network.
    """

    kind = "video"

    def __init__(
        self,
        *,
        measured: Callable[[], bool] = lambda: False,
        sent: Callable[[float], None] = lambda age_s: None,
    ) -> None:
        """measured: returns whether pictures carry the delay code now.

        sent: told of each new picture that leaves, and how many seconds ago its driver's frame
        arrived.
        """
        super().__init__()
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:  # refers to no track, which would keep itself alive through its box
            if not loop.is_closed():
                loop.call_soon_threadsafe(came.set)

        self._came = came
        self.box: Newest[Picture] = Newest(wake)
        self._measured, self._sent = measured, sent
        self._start = time.monotonic()
        self._stamp = -1
        self._last: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Send `picture` next. Any thread."""
        self.box.put(picture)

    def repeat(self) -> None:
        """Send the last picture again for a receiver that lost it, if no newer one waits."""
        if self._last is not None and not len(self.box):
            self.box.put(self._last)

    async def recv(self) -> "av.VideoFrame":
        picture = await self._next()
        if picture is not self._last:
            self._sent(time.monotonic() - picture.arrived)
        self._last = picture
        yuv = add_code(picture.yuv, picture.number) if self._measured() else picture.yuv
        frame = video_frame(yuv)
        now = round((time.monotonic() - self._start) / VIDEO_TIME_BASE)
        self._stamp = frame.pts = max(now, self._stamp + 1)
        frame.time_base = VIDEO_TIME_BASE
        return frame

    def stop(self) -> None:
        super().stop()
        self._came.set()

    async def _next(self) -> Picture:
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            picture = self.box.take()
            if picture is not None:
                return picture
            self._came.clear()
            if not len(self.box):
                await self._came.wait()


class SoundClock:
    """Estimates when each packet of a driver's sound was made, in this machine's time.

    Packets come in bursts, but their stamps are even: the packet that came soonest after its stamp
    tells how far the two clocks are apart.
    """

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=SOUND_PACKETS)

    def moment(self, stamp_s: float, arrival: float) -> float:
        """When a packet with this stamp would have come without jitter; times in seconds."""
        offset = arrival - stamp_s
        if self._offsets and abs(offset - min(self._offsets)) > JUMP_S:
            self._offsets.clear()
        self._offsets.append(offset)
        return stamp_s + min(self._offsets)


class DelayedSound(MediaStreamTrack):
    """Sends a driver's sound to a viewer, delayed as long as the pictures take.

    `hear` and `recv` belong to the event loop.
    """

    kind = "audio"

    def __init__(self, delay_s: Callable[[], float]) -> None:
        """delay_s: returns how many seconds the pictures take at present."""
        super().__init__()
        self._delay_s = delay_s
        self._held: deque[tuple[Any, float]] = deque(maxlen=AUDIO_WAITING)
        self._came = asyncio.Event()
        self._start = time.monotonic()
        self._stamp: int | None = None

    def hear(self, frame: "av.AudioFrame", arrived: float) -> None:
        """Send `frame` when its pictures leave; the oldest is dropped when too many wait."""
        self._held.append((frame, arrived))
        self._came.set()

    async def recv(self) -> "av.AudioFrame":
        while not self._held:
            if self.readyState != "live":
                raise MediaStreamError
            self._came.clear()
            await self._came.wait()
        frame, arrived = self._held.popleft()
        await asyncio.sleep(max(arrived + self._delay_s() - time.monotonic(), 0.0))
        return self._stamp_copy(frame)

    def stop(self) -> None:
        super().stop()
        self._came.set()

    def _stamp_copy(self, frame: Any) -> "av.AudioFrame":
        """A copy whose stamp follows the one before, or the clock where both are 0.25 s apart."""
        copy = av.AudioFrame.from_ndarray(
            frame.to_ndarray(), format=frame.format.name, layout=frame.layout.name
        )
        copy.sample_rate, copy.time_base = frame.sample_rate, Fraction(1, frame.sample_rate)
        now = round((time.monotonic() - self._start) * frame.sample_rate)
        late = self._stamp is None or abs(now - self._stamp) > frame.sample_rate // 4
        copy.pts = now if late or self._stamp is None else self._stamp
        self._stamp = copy.pts + frame.samples
        return copy
