"""Load test of the service: guests are added until one process cannot keep up with its sessions.

Guests send packets that were encoded beforehand, and count what comes back without decoding it, so
that they cost next to nothing; the first one decodes, and reads the delay.
"""

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import aiohttp
import aiortc.rtcrtpreceiver as receiving
import av
import cv2
import numpy as np
import psutil
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack

from server.webrtc.aiortc_patches import apply
from server.webrtc.delay_code import draw, read
from server.webrtc.ice import use_loopback
from tools.live_camera import driver_frames
from tools.live_service import ECHO, Served, cpu_s, serving
from tools.live_window import percentile

FPS = 30
FRAMES = 120
BITS_PER_S = 1_500_000
SETTLE_S = 3.0
TOO_FEW, TOO_LATE, TOO_DEEP = 0.95, 2.0, 3
"""Beyond the knee: a share of the camera's frames, times the delay of one session, and frames that
wait for a decoder."""


@dataclass(frozen=True, slots=True)
class Row:
    """fps: of the guest that got least. undecoded: frames that wait for a decoder, at worst.
    percent of one core, but for `stolen`, which is of all."""

    sessions: int
    fps: float
    p50_ms: float | None
    p95_ms: float | None
    undecoded: int
    server_percent: float
    guests_percent: float
    stolen_percent: float


def ramp(seconds: float, most: int, takes_ms: float = 0.0) -> dict[str, Any]:
    """{rows, sessions}: sessions is what one process carries. takes_ms: for every picture."""
    options = ("--max-sessions", str(most), "--takes", str(takes_ms))
    apply()
    use_loopback()
    receiving.decoder_worker = _decode_or_count  # type: ignore[assignment]
    with serving(*options, program=ECHO) as service:
        rows = asyncio.run(_ramp(service, seconds, most))
    return {"rows": [asdict(row) for row in rows], "sessions": carried(rows)}


def carried(rows: Sequence[Row]) -> int:
    """Sessions of the last row before the knee."""
    good = 0
    for row in rows:
        if beyond(row, rows[0]):
            break
        good = row.sessions
    return good


def beyond(row: Row, alone: Row) -> bool:
    """Whether a row is past the knee. alone: the row of one session."""
    late = row.p95_ms is None or alone.p95_ms is None or row.p95_ms > TOO_LATE * alone.p95_ms
    few, deep = row.fps < TOO_FEW * FPS, row.undecoded > TOO_DEEP
    return few or deep or (late and row.sessions > 1)


def encoded_film(frames: int = FRAMES) -> list[bytes]:
    """The sample driver in VP8, each frame with its number in the delay code."""
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = 640, 480, "yuv420p"
    codec.bit_rate, codec.time_base, codec.gop_size = BITS_PER_S, Fraction(1, FPS), frames
    codec.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0"}
    film = []
    for number, image in enumerate(driver_frames()[:frames]):
        planes = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
        planes[:16] = draw(number, 640)
        frame = av.VideoFrame.from_ndarray(np.asarray(planes, np.uint8), format="yuv420p")
        frame.pts = number
        film.append(b"".join(bytes(packet) for packet in codec.encode(frame)))
    return film


class PacketCamera(MediaStreamTrack):
    """Sends a film in a circle. sent: when each of its frames left last."""

    kind = "video"

    def __init__(self, film: list[bytes]) -> None:
        super().__init__()
        self._film, self._count, self._start = film, 0, time.monotonic()
        self.sent: dict[int, float] = {}

    async def recv(self) -> Any:
        await asyncio.sleep(max(self._start + self._count / FPS - time.monotonic(), 0))
        number = self._count % len(self._film)
        packet = av.Packet(self._film[number])
        packet.pts, packet.time_base = self._count * 90000 // FPS, VIDEO_TIME_BASE
        self.sent[number] = time.monotonic()
        self._count += 1
        return packet


class Guest:
    """One session. frames: that came back so far. delays_ms: of a guest that looks at them."""

    def __init__(self, film: list[bytes], *, looks: bool) -> None:
        self.camera = PacketCamera(film)
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.createDataChannel("ctl")
        transceiver = self.connection.addTransceiver(self.camera, "sendrecv")
        self._queue = transceiver.receiver._RTCRtpReceiver__decoder_queue  # type: ignore[attr-defined]
        self._seen = 0
        self.delays_ms: list[float] = []
        self._task: asyncio.Task[None] | None = None
        if looks:
            self.connection.on("track", self._look)
        else:
            _counts[self._queue] = 0
        self.place, self.secret = "", ""

    @property
    def frames(self) -> int:
        return _counts.get(self._queue, self._seen)

    async def enter(self, http: aiohttp.ClientSession) -> None:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        wish = {"sdp": self.connection.localDescription.sdp, "settings": {"measure": True}}
        async with http.post("/api/sessions", json=wish) as answer:
            opened = await answer.json()
            if answer.status != 201:
                raise RuntimeError(f"the service must let a guest in, it said: {opened}")
            self.place, self.secret = answer.headers["Location"], opened["secret"]
        await self.connection.setRemoteDescription(RTCSessionDescription(opened["sdp"], "answer"))

    async def undecoded(self, http: aiohttp.ClientSession) -> int:
        async with http.get(self.place, headers={"X-Session-Secret": self.secret}) as answer:
            return int((await answer.json())["statistics"]["undecoded"])

    async def leave(self) -> None:
        await self.connection.close()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        _counts.pop(self._queue, None)

    def _look(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            self._seen += 1
            tall = np.full((frame.width, frame.width), 16, np.uint8)  # as the reader wants it
            tall[:16] = frame.to_ndarray()[:16]
            number = read(tall)
            if number in self.camera.sent:
                self.delays_ms.append(1000 * (time.monotonic() - self.camera.sent[number]))


async def _ramp(service: Served, seconds: float, most: int) -> list[Row]:
    rows: list[Row] = []
    guests: list[Guest] = []
    film = encoded_film()
    headers = {"Authorization": f"Bearer {service.token}"}
    async with aiohttp.ClientSession(service.base, headers=headers) as http:
        while len(guests) < most and not (rows and beyond(rows[-1], rows[0])):
            guests.append(Guest(film, looks=not guests))
            await guests[-1].enter(http)
            await asyncio.sleep(SETTLE_S)
            rows.append(await _row(service, guests, http, seconds))
            print(rows[-1], file=sys.stderr)
        for guest in guests:
            await guest.leave()
    return rows


async def _row(
    service: Served, guests: list[Guest], http: aiohttp.ClientSession, seconds: float
) -> Row:
    me, machine, start = psutil.Process(), psutil.cpu_times(), time.monotonic()
    before = [guest.frames for guest in guests], service.cpu_s(), cpu_s([me])
    guests[0].delays_ms.clear()
    deep = 0
    while time.monotonic() - start < seconds:
        await asyncio.sleep(1.0)
        deep = max([deep, *[await guest.undecoded(http) for guest in guests]])
    lasted = time.monotonic() - start
    frames = [guest.frames - was for guest, was in zip(guests, before[0], strict=True)]
    stolen = getattr(psutil.cpu_times(), "steal", 0.0) - getattr(machine, "steal", 0.0)
    return Row(
        sessions=len(guests),
        fps=round(min(frames) / lasted, 1),
        p50_ms=percentile(guests[0].delays_ms, 50),
        p95_ms=percentile(guests[0].delays_ms, 95),
        undecoded=deep,
        server_percent=round(100 * (service.cpu_s() - before[1]) / lasted, 1),
        guests_percent=round(100 * (cpu_s([me]) - before[2]) / lasted, 1),
        stolen_percent=round(100 * stolen / lasted / (psutil.cpu_count() or 1), 1),
    )


_counts: dict[Any, int] = {}
"""Frames so far by the queue of a receiver whose frames are not decoded."""

_decode = receiving.decoder_worker


def _decode_or_count(
    loop: asyncio.AbstractEventLoop,
    encoded: "queue.Queue[Any]",
    decoded: "asyncio.Queue[Any]",
    failed: threading.Event,
) -> None:
    """In place of aiortc's decoder thread."""
    if encoded not in _counts:
        _decode(loop, encoded, decoded, failed)
        return
    while encoded.get() is not None:
        _counts[encoded] = _counts.get(encoded, 0) + 1
    asyncio.run_coroutine_threadsafe(decoded.put(None), loop)
