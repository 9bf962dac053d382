"""server/web/front_door.py: how many connections come in, and who goes for whom."""

import asyncio
import errno
import logging
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from server.web.front_door import connections_for
from tests.support.certificates import write_certificate
from tests.support.fake_sessions import TOKEN
from tests.support.live_rig import until
from tests.support.open_door import ASK, QUICK, OpenDoor, Stranger, open_door

TRUSTED = ASK.replace(b"/healthz", b"/api/config").replace(
    b"\r\n\r\n", f"\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
)


def meet(folder: Path, scene: Callable[[OpenDoor], Awaitable[None]], **how: Any) -> None:
    async def run() -> None:
        async with open_door(folder, **how) as door:
            await scene(door)

    asyncio.run(run())


async def fill(door: OpenDoor, ask: bytes | None = None) -> list[Stranger]:
    """As many connections as the door takes."""
    came = [await door.come() for _ in range(QUICK.connections)]
    for stranger in came:
        if ask is not None:
            assert await stranger.ask(ask) == 200
    await until(lambda: len(door.door) == QUICK.connections, "connections")
    return came


def test_newcomer_is_answered_when_silent_connections_hold_every_place(tmp_path: Path) -> None:
    async def scene(door: OpenDoor) -> None:
        silent = await fill(door)
        assert await (await door.come()).ask() == 200
        assert len(door.door) <= QUICK.connections
        assert await silent[0].read_to_end() == b""  # the oldest went

    meet(tmp_path, scene)


def test_connection_that_asked_stays_before_those_that_did_not(tmp_path: Path) -> None:
    async def scene(door: OpenDoor) -> None:
        first = await door.come()
        assert await first.ask() == 200
        for _ in range(2 * QUICK.connections):
            await door.come()
        await until(lambda: len(door.door) == QUICK.connections, "connections")
        assert await first.ask() == 200

    meet(tmp_path, scene)


def test_connection_with_the_token_stays_before_all_others(tmp_path: Path) -> None:
    async def scene(door: OpenDoor) -> None:
        friend = await door.come()
        assert await friend.ask(TRUSTED) == 200
        for _ in range(2 * QUICK.connections):
            assert await (await door.come()).ask() == 200
        assert await friend.ask(TRUSTED) == 200

    meet(tmp_path, scene)


def test_connections_are_no_more_than_half_the_files_that_may_be_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (200, 4096))
    assert connections_for(128) == 100
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 4096))
    assert connections_for(128) == 128


def test_lack_of_open_files_is_one_line_and_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(door: OpenDoor) -> None:
        loop = asyncio.get_running_loop()
        accept, failed = loop.sock_accept, 0

        async def fail_twice(listener: socket.socket) -> Any:
            nonlocal failed
            failed += 1
            if failed <= 2:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return await accept(listener)

        monkeypatch.setattr(loop, "sock_accept", fail_twice)
        await door.come()  # is taken by the accept that waits already, and makes room for others
        await until(lambda: failed > 2, "another try")
        assert await (await door.come()).ask() == 200

    with caplog.at_level(logging.WARNING):
        meet(tmp_path, scene)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["no connection can be accepted: Too many open files"] * 2


def test_client_that_speaks_no_tls_has_a_handshakes_time(tmp_path: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*write_certificate(tmp_path))

    async def scene(door: OpenDoor) -> None:
        silent = await door.come()
        await silent.read_to_end()
        await until(lambda: not len(door.door), "its end")

    meet(tmp_path, scene, tls=tls)
