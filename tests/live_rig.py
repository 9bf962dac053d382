"""A live service and its clients in one process, over loopback: narrow nets, short waits."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack

from reenact.types import FaceCrop, Frame, Identity, Image
from server.delay_code import draw, read
from server.ice import Ice
from server.limits import Limits
from server.sessions import Opened, Resume, Sessions
from server.studio import Studio, TimedReenactor
from server.worker import Worker
from tests.fakes import BRIGHTEST, INPUT_LEAST, ROWS, WIDTH, FakeAligner, FakePack

WAIT_S = 20.0
"""For what should take a second; nothing is measured against it."""

QUICK = Limits(
    sessions=2, connect_s=8, pause_s=0.5, gone_s=1.5, resume_s=5, check_s=0.1, statistics_s=0.2
)
PEOPLE = {"ada": 0.2, "ben": 0.6}
"""Names and how bright they are."""


def person(name: str) -> Identity:
    return Identity(name, np.full((ROWS, WIDTH), PEOPLE[name], np.float32))


class LivePack(FakePack):
    """Its pictures show nothing but how bright the identity is."""

    identities = tuple(PEOPLE)

    def __init__(self, *, failing: Iterable[int] = (), takes_s: Callable[[], float]) -> None:
        super().__init__(failing=failing)
        self.engines["motion"].answer = lambda given: np.zeros((1, ROWS, WIDTH), np.float32)
        drawn = self.engines["synthesis"].answer

        def slowly(code: Any) -> Any:
            time.sleep(takes_s())
            return drawn(code)

        self.engines["synthesis"].answer = slowly


class LiveAligner(FakeAligner):
    """Finds a face of some shape, so that a true reader can read it."""

    landmarks = np.random.default_rng(4).normal(100, 30, (478, 3))

    def align(self, frame: Frame) -> FaceCrop | None:
        face = super().align(frame)
        return None if face is None else FaceCrop(face.image, face.crop_from_frame, self.landmarks)


def brightness(name: str) -> float:
    return min(100 + 100 * PEOPLE[name], BRIGHTEST)


def studio(
    *,
    takes_s: Callable[[], float] = lambda: 0.0,
    failing: Iterable[int] = (),
    faces: Sequence[bool] = (True,),
) -> Studio:
    """A studio with a net that takes so long, fails in those calls, and such faces."""
    pack: Any = LivePack(failing=failing, takes_s=takes_s)
    reenactor = TimedReenactor(pack, device="cpu")
    return Studio(
        reenactor, Worker("test"), aligner=lambda: LiveAligner(list(faces)), identity=person
    )


@contextlib.asynccontextmanager
async def service(limits: Limits = QUICK, **how: Any) -> AsyncIterator[Sessions]:
    """Sessions on a studio made so; all of it is gone afterwards, tasks included."""
    place = studio(**how)
    sessions = Sessions(place, limits, ice=Ice(loopback=True))
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
        rows = max(16 * height // 480, 1)
        yuv[:rows] = draw(self._number, width)[:rows]
        frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        frame.pts, frame.time_base = round(self._number / self.fps * 90000), VIDEO_TIME_BASE
        self.sent[self._number] = time.monotonic()
        self._number += 1
        return frame


class Client:
    """A browser's stand-in: sends a camera, keeps what it sees and is told."""

    def __init__(self, sessions: Sessions, *, camera: Camera | None = None) -> None:
        self.sessions, self.camera = sessions, camera or Camera()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = self.connection.createDataChannel("ctl")
        self.channel.on("message", self._hear)
        self.connection.on("track", self._watch)
        self.told: list[dict[str, Any]] = []
        self.seen: list[tuple[int | None, Image, float]] = []
        """Number, mean colour of the picture below the strip, and when."""
        self.opened: Opened | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self, direction: str = "sendrecv", *extra: Any) -> str:
        if direction == "recvonly":
            self.connection.addTransceiver("video", direction)
        else:
            self.connection.addTransceiver(self.camera, direction)
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
        **settings: Any,
    ) -> Opened:
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
        import json

        self.told.append(json.loads(message))

    def _watch(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._tasks.append(asyncio.ensure_future(self._look(track)))

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
