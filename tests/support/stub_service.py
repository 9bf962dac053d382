"""A stub of the live service for tests of the page: its routes, messages, and a known picture."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import aioice.ice
import cv2
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import VIDEO_CLOCK_RATE, VIDEO_TIME_BASE, MediaStreamError
from av import VideoFrame

from reenact.types import Image

STATIC = Path(__file__).parents[2] / "server" / "static"
TOKEN = "stub-token"
TICKET = "stub-ticket"
CODE_ROWS = 16
SENT_HEIGHT = 480
SIZE = 512
GREEN = (10, 160, 60)
"""What the default picture shows, RGB."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""No laxer than those of the service."""

CONFIG: dict[str, Any] = {
    "version": "0.1",
    "pack": {
        "name": "stub-256",
        "size": 256,
        "reads": "expression",
        "licence": "Apache-2.0",
        "attribution": "No real person is shown.",
    },
    "identities": [
        {"name": "ada", "description": "long auburn hair", "picture": "api/identities/ada.png"},
        {"name": "bruno", "description": "full beard", "picture": "api/identities/bruno.png"},
    ],
    "can_random": True,
    "device": "CPU",
    "device_reason": "no CUDA device was found",
    "gains": [
        {"name": name, "label": label, "axes": []}
        for name, label in [
            ("head", "Head"),
            ("eyes", "Eyes"),
            ("brows", "Brows"),
            ("mouth", "Mouth"),
        ]
    ],
    "ice_servers": [],
    "max_sessions": 4,
    "camera": {"size": [480, 360], "code_rows": 12},
    "code_rows": CODE_ROWS,
    "transport_size": SIZE,
}

STATS = {
    "t": "stats",
    "in_fps": 15.0,
    "out_fps": 15.0,
    "dropped": 0,
    "age_ms": [12.0, 20.0],
    "stages": {"wait": 0.4, "align": 6.1, "read": 0.3, "motion": 0.2, "synthesis": 3.8},
    "server_ms": 12.0,
    "face": "tracked",
    "device": "CPU",
    "calibrating": False,
}


def green(picture: Image) -> Image:
    """The default: nothing of the camera, all `GREEN`."""
    return np.full((SIZE, SIZE, 3), GREEN, np.uint8)


class Answer(MediaStreamTrack):
    """The newest frame through `paint`, below the strip of numbers that came with it."""

    kind = "video"

    def __init__(
        self,
        source: MediaStreamTrack,
        paint: Callable[[Image], Image],
        measured: Callable[[], bool],
    ) -> None:
        """measured: whether frames come with their strip now."""
        super().__init__()
        self._paint, self._measured = paint, measured
        self._frames: asyncio.Queue[VideoFrame] = asyncio.Queue(1)
        self._drain = asyncio.ensure_future(self._read(source))

    async def _read(self, source: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await source.recv()
            except MediaStreamError:
                return
            if self._frames.full():
                self._frames.get_nowait()
            assert isinstance(frame, VideoFrame)
            self._frames.put_nowait(frame)

    async def recv(self) -> VideoFrame:
        came = await self._frames.get()
        image: Image = np.asarray(came.to_ndarray(format="rgb24"), np.uint8)
        measured = self._measured()
        rows = CODE_ROWS * image.shape[0] // SENT_HEIGHT if measured else 0
        picture = await asyncio.to_thread(self._paint, image[rows:])
        if measured:
            strip = cv2.resize(image[:rows], (SIZE, CODE_ROWS), interpolation=cv2.INTER_NEAREST)
            picture = np.vstack([strip, picture])
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = round(monotonic() * VIDEO_CLOCK_RATE), VIDEO_TIME_BASE
        return frame

    async def close(self) -> None:
        self.stop()
        self._drain.cancel()
        await asyncio.wait([self._drain])


class StubService:
    """Serves from a thread of its own while it is entered; what it saw is in its lists."""

    def __init__(
        self,
        *,
        pictures: Mapping[str, bytes],
        paint: Callable[[Image], Image] = green,
        config: Mapping[str, Any] = CONFIG,
    ) -> None:
        self.config = dict(config)
        self.pictures = dict(pictures)
        self.paint = paint
        self.stats: dict[str, Any] = dict(STATS)
        self.refusal: tuple[int, dict[str, str]] | None = None
        """Status and headers with which sessions are refused, until it is None again."""
        self.opened: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.recorded: list[bool] = []
        self.missing: dict[str, str] = {}
        """What the answer to the end of a recording adds."""
        self._measured = True
        self._peers: dict[str, RTCPeerConnection] = {}
        self._channels: list[RTCDataChannel] = []
        self._answers: list[Answer] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stub-service")

    def __enter__(self) -> Self:
        self._addresses = aioice.ice.get_host_addresses
        aioice.ice.get_host_addresses = lambda **_kinds: ["127.0.0.1"]
        self._thread.start()
        self.port: int = self._call(self._serve())
        self.address = f"http://127.0.0.1:{self.port}/#token={TOKEN}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        aioice.ice.get_host_addresses = self._addresses

    def say(self, message: Mapping[str, Any]) -> None:
        """Send `message` to every page that is connected."""
        self._loop.call_soon_threadsafe(self._send, message)

    def cut(self) -> None:
        """Lose every connection, as a dying network would."""
        self._call(self._hang_up())

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The messages of a kind that came from pages."""
        return [message for message in self.messages if message["t"] == kind]

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _serve(self) -> int:
        application = web.Application(middlewares=[_guard])
        application.add_routes(
            [
                web.get("/", self._page),
                web.static("/static", STATIC),
                web.get("/api/config", self._configuration),
                web.post("/api/ticket", self._trade),
                web.post("/api/identities/random", self._random),
                web.get("/api/identities/{name}.png", self._picture),
                web.post("/api/sessions", self._open),
                web.delete("/api/sessions/{id}", self._delete),
                web.post("/api/sessions/{id}/recording", self._record),
                web.get("/api/sessions/{id}/recording", self._recording),
            ]
        )
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._pulse = asyncio.ensure_future(self._report())
        return int(self._runner.addresses[0][1])

    async def _close(self) -> None:
        self._pulse.cancel()
        await self._hang_up()
        await self._runner.cleanup()

    async def _hang_up(self) -> None:
        for identifier in list(self._peers):
            await self._peers.pop(identifier).close()
        for answer in self._answers:
            await answer.close()
        self._channels.clear()
        self._answers.clear()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self._send(self.stats)

    def _send(self, message: Mapping[str, Any]) -> None:
        for channel in self._channels:
            if channel.readyState == "open":
                channel.send(json.dumps(message))

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _trade(self, request: web.Request) -> web.Response:
        if (await request.json()) != {"ticket": TICKET}:
            return web.json_response({"error": "The ticket is used up."}, status=403)
        return web.json_response({"token": TOKEN})

    async def _configuration(self, _request: web.Request) -> web.Response:
        return web.json_response(self.config)

    async def _picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.Response(body=self.pictures[name], content_type="image/png")

    async def _random(self, _request: web.Request) -> web.Response:
        self.pictures["random-7"] = next(iter(self.pictures.values()))
        self.config["identities"] = [
            *self.config["identities"],
            {"name": "random-7", "description": "Random face", "picture": ""},
        ]
        return web.json_response({"name": "random-7"}, status=201)

    async def _open(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.opened.append(body)
        if self.refusal is not None:
            status, headers = self.refusal
            return web.json_response({"error": "Not now."}, status=status, headers=headers)
        self._measured = body["settings"]["measure"]
        identifier = body.get("resume", {}).get("id", f"session-{len(self.opened)}")
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers[identifier] = peer
        self._attend(peer)
        await peer.setRemoteDescription(RTCSessionDescription(body["sdp"], "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = {"id": identifier, "secret": "sesame", "sdp": peer.localDescription.sdp}
        return web.json_response(answer, status=201)

    def _attend(self, peer: RTCPeerConnection) -> None:
        @peer.on("track")
        def begin(track: MediaStreamTrack) -> None:
            if track.kind == "video":
                self._answers.append(Answer(track, self.paint, lambda: self._measured))
                peer.addTrack(self._answers[-1])

        @peer.on("datachannel")
        def listen(channel: RTCDataChannel) -> None:
            self._channels.append(channel)
            channel.on("message", lambda text: self._hear(channel, json.loads(text)))

    def _hear(self, channel: RTCDataChannel, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if message["t"] == "ping":
            channel.send(json.dumps({"t": "pong", "c": message["c"]}))
        elif message["t"] == "set":
            self._measured = message.get("measure", self._measured)
            channel.send(json.dumps({"t": "ok", "v": message["v"]}))

    async def _delete(self, request: web.Request) -> web.Response:
        identifier = request.match_info["id"]
        self.deleted.append(identifier)
        if peer := self._peers.pop(identifier, None):
            await peer.close()
        return web.Response()

    async def _record(self, request: web.Request) -> web.Response:
        on = (await request.json())["on"]
        self.recorded.append(on)
        return web.json_response({"recording": on, **({} if on else self.missing)})

    async def _recording(self, _request: web.Request) -> web.Response:
        return web.Response(body=b"film" * 1000, content_type="video/mp4")


@web.middleware
async def _guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """The token on every route of the API, and the headers of the real service on all."""
    wanted = f"Bearer {TOKEN}"
    needed = request.path.startswith("/api") and request.path != "/api/ticket"
    if needed and request.headers.get("Authorization") != wanted:
        return web.json_response({"error": "The token is missing."}, status=401, headers=HEADERS)
    answer: web.StreamResponse = await handler(request)
    answer.headers.update(HEADERS)
    return answer
