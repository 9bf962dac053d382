"""A front door before the application around fakes, and what a stranger does before it."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from server.limits import DoorLimits
from server.web.front_door import FrontDoor
from tests.support.fake_sessions import make_app

QUICK = DoorLimits(connections=4, header_s=0.3, idle_s=5.0, header_bytes=2048)
ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_LENGTH = re.compile(r"Content-Length: (\d+)")
READ_S = 20.0
"""For what should take a moment; nothing is measured against it."""


class Stranger:
    """One connection, in bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def ask(self, data: bytes = ASK) -> int:
        """Status of the answer to `data`."""
        await self.send(data)
        async with asyncio.timeout(READ_S):
            header = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            await self._reader.readexactly(int(_LENGTH.findall(header)[0]))
        return int(header.split()[1])

    async def read_to_end(self) -> bytes:
        """All that comes until the other side closes, whether or not it does so politely."""
        got = b""
        try:
            async with asyncio.timeout(READ_S):
                while data := await self._reader.read(1 << 16):
                    got += data
        except ConnectionError:
            pass
        return got

    async def close(self) -> None:
        self._writer.close()


class OpenDoor:
    """A door that is open, and the strangers before it."""

    def __init__(self, door: FrontDoor, app: web.Application, port: int) -> None:
        self.door, self.app, self.port = door, app, port
        self.strangers: list[Stranger] = []

    async def come(self) -> Stranger:
        self.strangers.append(Stranger(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.strangers[-1]


@asynccontextmanager
async def open_door(
    static: Path, limits: DoorLimits = QUICK, tls: ssl.SSLContext | None = None
) -> AsyncIterator[OpenDoor]:
    """A door with `limits`; `static` is made to hold a page."""
    async with make_app(static) as app:
        runner = web.AppRunner(app, shutdown_timeout=1.0)
        await runner.setup()
        assert runner.server is not None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            door = FrontDoor(runner.server, limits)
            door.open(listener, tls)
            opened = OpenDoor(door, app, listener.getsockname()[1])
            try:
                yield opened
            finally:
                for stranger in opened.strangers:
                    await stranger.close()
                await door.close()
                await runner.cleanup()
