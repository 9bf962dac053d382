"""The whole service against FFmpeg, a WHEP viewer, mutated offers and garbage."""

import asyncio
import contextlib
import random
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from server.serve import Service
from server.service_settings import ServiceSettings
from server.webrtc.ice import Ice
from tests.support.certificates import write_certificate
from tests.support.fake_sessions import TOKEN, ServiceClient
from tests.support.live_rig import brightness, runtime, until

ROOT = Path(__file__).parents[2]
FRAMES = 180
SDP = {"Content-Type": "application/sdp"}


@contextlib.asynccontextmanager
async def running(most: int = 2) -> AsyncIterator[tuple[Service, ServiceClient]]:
    """The whole service around a narrow net, and a client for it."""
    place = runtime()
    settings = ServiceSettings(token=TOKEN, max_sessions=most)
    service = Service(settings, place, Ice(loopback=True))
    async with TestClient(TestServer(service.app())) as http:
        try:
            yield service, ServiceClient(http)
        finally:
            await service.sessions.close_all()
            await asyncio.to_thread(place.close)


async def publisher(url: str, token: str, folder: Path) -> asyncio.subprocess.Process:
    module = "tests.support.ffmpeg_publisher"
    words = (url, token, *write_certificate(folder), str(FRAMES))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, stdout=PIPE, stderr=PIPE, cwd=ROOT
    )


class Viewer:
    """A WHEP player. bright: mean of each picture that it saw."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTransceiver("video", "recvonly")
        self.connection.on("track", self._watch)
        self.bright: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def watch(self, client: ServiceClient, path: str) -> str:
        """The place of its session."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        status, answer, headers = await client.offer(path, self.connection.localDescription.sdp)
        assert status == 201, answer
        description = RTCSessionDescription(answer.decode(), "answer")
        await self.connection.setRemoteDescription(description)
        return headers["Location"]

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _watch(self, track: Any) -> None:
        self._tasks.append(asyncio.ensure_future(self._read(track)))

    async def _read(self, track: Any) -> None:
        while True:
            frame = await track.recv()
            self.bright.append(float(frame.to_ndarray(format="rgb24").mean()))


def test_ffmpeg_publishes_and_a_viewer_sees_the_avatar(tmp_path: Path) -> None:
    async def run() -> None:
        async with running() as (service, client):
            url = f"http://127.0.0.1:{client.http.port}/whip/stage?identity=ben"
            process = await publisher(url, TOKEN, tmp_path)
            assert process.stdout is not None
            assert await process.stdout.readline() == b"connected\n"
            (state,) = service.sessions.states()
            assert (state.kind, state.room) == ("publisher", "stage")
            viewer = Viewer()
            place = await viewer.watch(client, "/whep/stage")
            await until(lambda: len(viewer.bright) > 20, "pictures")
            out, err = await process.communicate()
            assert out == f"sent {FRAMES}\n".encode(), err
            assert (await client.ask("DELETE", place))[0] == 200
            await until(lambda: not service.sessions.states(), "the end of all sessions")
            await viewer.close()
            assert abs(viewer.bright[-1] - brightness("ben")) < 6
            assert service.sessions.counters["ended_closed"] == 2  # by DELETE, both of them

    asyncio.run(run())


def test_ffmpeg_without_the_token_is_turned_away(tmp_path: Path) -> None:
    async def run() -> None:
        async with running() as (service, client):
            url = f"http://127.0.0.1:{client.http.port}/whip/stage"
            process = await publisher(url, "wrong", tmp_path)
            out, err = await process.communicate()
            assert (process.returncode, out) == (1, b"")
            assert b"401" in err
            assert not service.sessions.states()

    asyncio.run(run())


def mutated(offer: str, chance: random.Random) -> str:
    """The offer with one to four lines lost, doubled, moved, cut, or with a character changed."""
    lines = offer.split("\r\n")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        line = lines[place]
        spot = chance.randrange(len(line) + 1)
        lines[place : place + 1] = chance.choice(
            [
                [],
                [line, line],
                [line[:spot]],
                [line[:spot] + chance.choice("\0 :=/9a\u20ac") + line[spot + 1 :]],
                [line.replace("video", "audio"), lines[chance.randrange(len(lines))]],
                [line.replace("1", "99999999999")],
            ]
        ) or [""]
    return "\r\n".join(lines)


async def good_offer() -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("video", "sendrecv")
    connection.createDataChannel("ctl")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    await connection.close()
    return str(offer)


@pytest.mark.slow
def test_no_mutated_offer_breaks_the_service() -> None:
    chance = random.Random(7)
    answers: list[int] = []

    async def run() -> None:
        async with running() as (service, client):
            offer = await good_offer()
            for _ in range(100):  # tests/server/webrtc/test_offers.py tries more below the door
                wish = {"sdp": mutated(offer, chance)}
                status, body, headers = await client.ask("POST", "/api/sessions", json=wish)
                answers.append(status)
                if status == 201:
                    secret = {"X-Session-Secret": body["secret"]}
                    assert (await client.ask("DELETE", headers["Location"], headers=secret))[
                        0
                    ] == 200
                else:
                    assert status == 400, body
                    assert len(body["error"]) < 200
            assert not service.sessions.states()
            status, _, _ = await client.ask("POST", "/api/sessions", json={"sdp": offer})
            assert status == 201

    asyncio.run(run())
    assert answers.count(400) > 12
    assert answers.count(201) > 12


@pytest.mark.parametrize(
    "text", ["", "garbage", "v=0\r\n", "\0" * 1000, "m=video 9 RTP 1\r\n" * 999]
)
@pytest.mark.parametrize("path", ["/whip/a", "/whep/a"])
def test_garbage_is_no_offer(path: str, text: str) -> None:
    async def run() -> None:
        async with running() as (service, client):
            status, body, _ = await client.offer(path, text)
            assert status == 400
            assert len(body["error"]) < 200
            assert not service.sessions.states()

    asyncio.run(run())


def test_offer_longer_than_any_is_refused_by_its_size() -> None:
    async def run() -> None:
        async with running() as (_, client):
            wish = {"sdp": "v=0\r\n" + "a=x\r\n" * 14000}
            assert (await client.ask("POST", "/api/sessions", json=wish))[0] == 413

    asyncio.run(run())
