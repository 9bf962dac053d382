"""What a session received is gone when it ends, without the garbage collector."""

import asyncio
import gc
import socket
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from server.limits import Limits
from server.sessions.sessions import Sessions
from tests.support.live_rig import WAIT_S, Clicks, Client, service, until

LIMITS = Limits()


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def parts_of(sessions: Sessions, id: str) -> dict[str, "weakref.ref[Any]"]:
    """A session, and what holds its memory."""
    session = sessions._sessions[id]
    connection = session.peer._connection
    parts: dict[str, Any] = {"session": session, "peer": session.peer, "connection": connection}
    parts |= {"stream": session.stream, "track": session.track, "control": session.control}
    for transceiver in connection.getTransceivers():
        kind, receiver = transceiver.kind, transceiver.receiver
        parts |= {f"{kind} sender": transceiver.sender, f"{kind} receiver": receiver}
        parts |= {"ICE": receiver.transport.transport, "DTLS": receiver.transport}
        parts |= {"datagrams": receiver.transport.transport._connection._queue}
    return {name: weakref.ref(part) for name, part in parts.items() if part is not None}


async def leave_nothing(sessions: Sessions, id: str) -> None:
    """Close a session, and see it go."""
    parts = parts_of(sessions, id)
    await sessions.close(id)
    end = time.monotonic() + WAIT_S
    while left := [name for name, part in parts.items() if part() is not None]:
        assert time.monotonic() < end, f"these live on: {left}"
        await asyncio.sleep(0.02)


def test_session_that_never_connected_leaves_nothing() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await sessions.open(await client.offer())
            await leave_nothing(sessions, opened.id)

    asyncio.run(run())


def test_duplex_session_leaves_nothing() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await client.open()
            await until(lambda: client.seen and client.told, "pictures and words")
            await leave_nothing(sessions, opened.id)

    asyncio.run(run())


def test_publisher_and_viewer_leave_nothing() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as driver, Client(sessions) as viewer:
            published = await driver.open(Clicks(), kind="publisher", room="stage")
            watched = await viewer.open(kind="viewer", room="stage", audio=True)
            await until(lambda: viewer.seen and viewer.heard, "pictures and sound")
            await leave_nothing(sessions, watched.id)
            await leave_nothing(sessions, published.id)

    asyncio.run(run())


@pytest.mark.parametrize("size", [1200, 60_000])
def test_datagrams_to_a_session_that_is_not_connected_are_few(size: int) -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await sessions.open(await client.offer())
            (transceiver,) = sessions._sessions[opened.id].peer._connection.getTransceivers()
            ice: Any = transceiver.receiver.transport.transport._connection
            place = ice._protocols[0].transport.get_extra_info("sockname")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(200):
                    stranger.sendto(b"\x80" * size, place)
                    await asyncio.sleep(0)
            await asyncio.sleep(0.1)
            expected = LIMITS.early_datagrams if size <= LIMITS.datagram_bytes else 0
            assert ice._queue.qsize() == expected
            del ice, transceiver
            await leave_nothing(sessions, opened.id)

    asyncio.run(run())
