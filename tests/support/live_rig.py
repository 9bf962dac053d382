"""A live service and its clients in one process, over loopback: narrow nets, short waits."""

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack

from reenact.reenactor import Reenactor
from reenact.types import Identity, Image
from server.limits import Limits
from server.sessions.admission import Resume
from server.sessions.recordings import Recordings
from server.sessions.sessions import Opened, Sessions
from server.streams.device_thread import DeviceThread
from server.streams.runtime import Runtime
from server.webrtc import aiortc_patches
from server.webrtc.delay_code import draw, read
from server.webrtc.ice import Ice
from tests.support.fakes import BRIGHTEST, INPUT_LEAST, ROWS, WIDTH, FakeAligner, FakePack

WAIT_S = 20.0
"""For what should take a second; nothing is measured against it."""

QUICK = Limits(
    sessions=2, connect_s=8, pause_s=0.5, gone_s=1.5, resume_s=5, check_s=0.1, statistics_s=0.2
)
HASTY = dataclasses.replace(QUICK, connect_s=1)
"""For a client that is killed before it is connected, so that its session is lost soon."""
PEOPLE = {"ada": 0.2, "ben": 0.6}
"""Names and how bright they are."""


def person(name: str) -> Identity:
    code = np.full((ROWS, WIDTH), PEOPLE[name], np.float32)
    return Identity(name, code, code)


class LivePack(FakePack):
    """Its pictures show nothing but how bright the identity is."""

    identities = tuple(PEOPLE)

    def __init__(
        self, *, failing: Iterable[int], takes_s: Callable[[], float], follows: bool
    ) -> None:
        super().__init__(reads="face" if follows else "expression", failing=failing)

        def motion(given: Any) -> Any:
            value = 2 * float(given.mean()) / 255 - 1 - PEOPLE["ada"] if follows else 0.0
            return np.full((1, ROWS, WIDTH), value, np.float32)

        self.engines["motion"].answer = motion
        drawn = self.engines["synthesis"].answer

        def slowly(code: Any) -> Any:
            time.sleep(takes_s())
            return drawn(code)

        self.engines["synthesis"].answer = slowly


def brightness(name: str) -> float:
    return min(100 + 100 * PEOPLE[name], BRIGHTEST)


def runtime(
    *,
    takes_s: Callable[[], float] = lambda: 0.0,
    failing: Iterable[int] = (),
    faces: Sequence[bool] = (True,),
    follows: bool = False,
) -> Runtime:
    """A runtime with a net that takes so long, fails in those calls, and such faces.

    follows: its pictures are as bright as the driver's, from 0 to BRIGHTEST for 0 to 255.
    """
    pack: Any = LivePack(failing=failing, takes_s=takes_s, follows=follows)
    reenactor = Reenactor(pack, device="cpu")
    return Runtime(
        reenactor,
        DeviceThread("test"),
        aligner=lambda: FakeAligner(list(faces), 256),
        identity=person,
    )


@contextlib.asynccontextmanager
async def service(
    limits: Limits = QUICK, *, recordings: Recordings | None = None, **how: Any
) -> AsyncIterator[Sessions]:
    """Sessions on a runtime made so; all of it is gone afterwards, tasks included."""
    place = runtime(**how)
    sessions = Sessions(place, limits, ice=Ice(loopback=True), recordings=recordings)
    try:
        yield sessions
    finally:
        await sessions.close_all()
        await asyncio.to_thread(place.close)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        _, left = await asyncio.wait(others, timeout=5) if others else (set(), set())
        assert not left, f"tasks were left: {left}"


async def until(true: Callable[[], object], what: str, timeout_s: float = WAIT_S) -> None:
    """Wait for evidence, not for time."""
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        await asyncio.sleep(0.02)


class Camera(MediaStreamTrack):
    """Bright frames with a delay code: no pixel that is not code is darker than INPUT_LEAST.

    size: (height, width), may be changed at any time. stopped: no more frames.
    """

    kind = "video"

    def __init__(self, fps: float = 30.0, size: tuple[int, int] = (240, 320)) -> None:
        super().__init__()
        self.fps, self.size, self.stopped = fps, size, False
        self.sent: dict[int, float] = {}
        self._start: float | None = None
        self._number = 0

    async def recv(self) -> "av.VideoFrame":
        if self._start is None:
            self._start = time.monotonic()
        await asyncio.sleep(max(self._start + self._number / self.fps - time.monotonic(), 0))
        while self.stopped:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        height, width = self.size
        yuv = np.full((height * 3 // 2, width), 128, np.uint8)
        yuv[:height] = 240
        rows = min(max(16 * height // 480, 1), 16)
        yuv[:rows] = draw(self._number, width)[:rows]
        frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        frame.pts, frame.time_base = round(self._number / self.fps * 90000), VIDEO_TIME_BASE
        self.sent[self._number] = time.monotonic()
        self._number += 1
        return frame

    def lateness(self) -> list[float]:
        """How many seconds after its due time each frame left."""
        start = self._start or 0.0
        return [sent - start - number / self.fps for number, sent in self.sent.items()]


class Clicks(MediaStreamTrack):
    """A click of 40 ms every second."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[float] = []
        self._start: float | None = None
        self._number = 0

    async def recv(self) -> "av.AudioFrame":
        if self._start is None:
            self._start = time.monotonic()
        await asyncio.sleep(max(self._start + self._number / 50 - time.monotonic(), 0))
        click = self._number % 50 in (25, 26)
        if self._number % 50 == 25:
            self.clicked.append(self._start + self._number / 50)
        tone = np.zeros((1, 1920), np.int16)
        if click:
            tone[:] = 12000 * np.sign(np.sin(np.arange(1920) / 12))
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48000, self._number * 960
        frame.time_base = Fraction(1, 48000)
        self._number += 1
        return frame


class Client:
    """A browser's stand-in: sends a camera, keeps what it sees and is told."""

    def __init__(
        self, sessions: Sessions, *, camera: Camera | None = None, reads: bool = True
    ) -> None:
        self.sessions, self.camera = sessions, camera or Camera()
        aiortc_patches.apply()  # before a receiver is made: both ends share a process
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = self.connection.createDataChannel("ctl")
        self.channel.on("message", self._hear)
        self.connection.on("track", self._watch)
        self._reads = reads
        self._codec: str | None = None
        self.heard = 0
        self.told: list[dict[str, Any]] = []
        self.seen: list[tuple[int | None, Image, float]] = []
        """Number, mean colour of the picture below the strip, and when."""
        self.opened: Opened | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self, direction: str = "sendrecv", *extra: Any) -> str:
        what = "video" if direction == "recvonly" else self.camera
        transceiver = self.connection.addTransceiver(what, direction)
        if self._codec is not None:
            capabilities = RTCRtpSender.getCapabilities("video")
            assert capabilities is not None
            wanted = [one for one in capabilities.codecs if one.mimeType == self._codec]
            transceiver.setCodecPreferences(wanted)
        for track in extra:
            self.connection.addTrack(track)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def open(
        self,
        *extra: Any,
        kind: Any = "duplex",
        room: str | None = None,
        resume: Resume | None = None,
        audio: bool = False,
        **settings: Any,
    ) -> Opened:
        if audio:
            self.connection.addTransceiver("audio", "recvonly")
        direction = {"duplex": "sendrecv", "publisher": "sendonly", "viewer": "recvonly"}[kind]
        offer = await self.offer(direction, *extra)
        wanted = {"measure": kind == "duplex", **settings}
        self.opened = await self.sessions.open(
            offer, wanted if kind != "viewer" else None, kind=kind, room=room, resume=resume
        )
        answer = RTCSessionDescription(self.opened.sdp, "answer")
        await self.connection.setRemoteDescription(answer)
        return self.opened

    @property
    def numbers(self) -> list[int]:
        return [number for number, _, _ in self.seen if number is not None]

    def delays(self) -> list[float]:
        sent = self.camera.sent
        return [when - sent[number] for number, _, when in self.seen if number in sent]

    def prefer(self, codec: str) -> None:
        """Offer this one alone."""
        self._codec = codec

    def tell(self, message: dict[str, Any]) -> None:
        self.channel.send(json.dumps(message))

    def answer_to(self, number: Any) -> dict[str, Any] | None:
        """What the server said to the setting numbered so."""
        return next((told for told in self.told if told.get("v") == number), None)

    def kill(self) -> None:
        """Vanish without a word, as a process does that is killed."""
        for transceiver in self.connection.getTransceivers():
            ice: Any = transceiver.receiver.transport.transport._connection
            for protocol in ice._protocols:
                protocol.transport.sendto = lambda *_: None
                protocol.datagram_received = lambda *_: None

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _hear(self, message: str) -> None:
        self.told.append(json.loads(message))

    def _watch(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and self._reads:
            self._tasks.append(asyncio.ensure_future(self._look(track)))
        elif track.kind == "audio":
            self._tasks.append(asyncio.ensure_future(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            self.heard += 1

    async def _look(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            picture = frame.to_ndarray(format="rgb24")
            strip = frame.height - 512
            luma = frame.to_ndarray()[: frame.height]
            padded = np.full((512, luma.shape[1]), 16, np.uint8)
            padded[:16] = luma[:16]
            number = read(padded) if strip else None
            self.seen.append((number, picture[strip:], time.monotonic()))


def leaked(pictures: Iterable[Image]) -> bool:
    """Whether any picture is brighter than what the nets can make: then it is the camera's."""
    return any(picture.max() > (BRIGHTEST + INPUT_LEAST) // 2 for picture in pictures)
