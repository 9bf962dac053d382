"""`reenact serve` as a child process, and a caller's stand-in for it."""

import asyncio
import contextlib
import json
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from server.webrtc.ice import use_loopback
from tests.support.live_rig import Camera

ROOT = Path(__file__).parents[2]
URL = re.compile(r"(?P<base>https?://127\.0\.0\.1:\d+)/#token=(?P<token>[\w-]{43})\n")


@dataclass
class Served:
    """A service that said where it is."""

    process: Process
    base: str
    token: str

    async def ask(self, method: str, path: str, **rest: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", **rest.pop("headers", {})}
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, self.base + path, headers=headers, ssl=False, **rest) as answer,
        ):
            return answer.status, await answer.json()

    async def send(self, data: bytes) -> bytes:
        """All that the service says to `data`, on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.base.split(":")[-1]))
        writer.write(data)
        async with asyncio.timeout(60):
            said = await reader.read()
        writer.close()
        return said

    async def end(self) -> tuple[int | None, str, str]:
        """Exit status, and what else it printed and logged."""
        out, err = await asyncio.wait_for(self.process.communicate(), 60)
        return self.process.returncode, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def serving(pack: str, *words: str, **how: Any) -> AsyncIterator[Served]:
    options = ["--pack", pack, "--port", "0", "--loopback", "--device", "cpu", *words]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reenact",
        "serve",
        *options,
        cwd=ROOT,
        stdout=PIPE,
        stderr=PIPE,
        **how,
    )
    assert process.stdout is not None
    try:
        found = URL.fullmatch((await process.stdout.readline()).decode())
        if found is None:
            pytest.fail((await process.communicate())[1].decode())
        yield Served(process, found["base"], found["token"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


class Caller:
    """A browser's stand-in: what it saw and was told."""

    def __init__(self) -> None:
        use_loopback()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.seen = 0
        self.told: list[dict[str, Any]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.addTransceiver(Camera(), "sendrecv")
        channel = self.connection.createDataChannel("ctl")
        channel.on("message", lambda text: self.told.append(json.loads(text)))
        self.connection.on("track", lambda track: self._tasks.append(_task(self._watch(track))))

    async def call(self, served: Served) -> dict[str, Any]:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        wish = {"sdp": self.connection.localDescription.sdp, "settings": {"measure": True}}
        status, opened = await served.ask("POST", "/api/sessions", json=wish)
        assert status == 201, opened
        answer = RTCSessionDescription(opened["sdp"], "answer")
        await self.connection.setRemoteDescription(answer)
        return dict(opened)

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, track: Any) -> None:
        while True:
            await track.recv()
            self.seen += 1


def _task(work: Any) -> "asyncio.Task[None]":
    return asyncio.ensure_future(work)
