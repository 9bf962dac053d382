"""server/web/connection.py: what one stranger's connection may cost before a token is seen."""

import asyncio
import gzip
import json
import logging
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from server.limits import DoorLimits
from tests.server.web.test_guard import list_routes
from tests.support.fake_sessions import BEARER
from tests.support.open_door import ASK, QUICK, Stranger, open_door


def meet(
    folder: Path, scene: Callable[[Stranger], Awaitable[None]], limits: DoorLimits = QUICK
) -> None:
    """Let one stranger come."""

    async def run() -> None:
        async with open_door(folder, limits) as door:
            await scene(await door.come())

    asyncio.run(run())


def post(length: int, *fields: str) -> bytes:
    head = ["POST /api/sessions HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    return "\r\n".join([*head, f"Content-Length: {length}", *fields, "", ""]).encode()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x", "gzip, identity"])
def test_no_route_takes_a_packed_body_from_anybody(encoding: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with open_door(tmp_path) as door:
            for method, path, _ in list_routes(door.app):
                asked = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                stranger = await door.come()
                await stranger.send(f"{asked}Content-Encoding: {encoding}\r\n\r\n".encode())
                assert b" 415 " in await stranger.read_to_end(), (method, path)

    asyncio.run(run())


def test_packed_body_is_never_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 << 20))

    async def scene(stranger: Stranger) -> None:
        await stranger.send(post(len(bomb), "Content-Encoding: gzip") + bomb)
        assert b" 415 " in await stranger.read_to_end()

    tracemalloc.start()
    try:
        meet(tmp_path, scene)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_rest_of_an_unwanted_body_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        await stranger.send(post(1000) + b"x")
        assert b" 401 " in await stranger.read_to_end()  # its end comes although the body did not

    meet(tmp_path, scene)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127", b"\r\n\r\n"])
def test_connection_without_a_whole_request_is_closed(said: bytes, tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        await stranger.send(said)
        assert await stranger.read_to_end() == b""

    meet(tmp_path, scene)


def test_second_request_has_no_more_time_than_the_first(tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        assert await stranger.ask() == 200
        await stranger.send(ASK[:20])
        await stranger.read_to_end()

    limits = DoorLimits(header_s=0.3, idle_s=3600.0)
    meet(tmp_path, scene, limits)


def test_idle_connection_is_closed_in_the_end(tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        assert await stranger.ask() == 200
        await stranger.read_to_end()

    meet(tmp_path, scene, DoorLimits(idle_s=0.3))


def test_resting_connection_may_ask_again(tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        assert await stranger.ask() == 200
        await asyncio.sleep(2 * QUICK.header_s)
        assert await stranger.ask() == 200

    meet(tmp_path, scene)


def test_header_that_is_too_long_is_refused_before_it_ends(tmp_path: Path) -> None:
    async def scene(stranger: Stranger) -> None:
        await stranger.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for number in range(40):
            await stranger.send(f"X-{number}: {'x' * 64}\r\n".encode())
        answer = await stranger.read_to_end()
        assert not answer or b" 431 " in answer  # a reset may overtake it

    meet(tmp_path, scene, replace(QUICK, header_s=99, idle_s=99))  # no clock closes it


def test_header_in_pieces_and_a_long_body_behind_it_are_read(tmp_path: Path) -> None:
    body = json.dumps({"sdp": "x" * 60_000}).encode()
    header = post(len(body), *(f"{name}: {value}" for name, value in BEARER.items()))

    async def scene(stranger: Stranger) -> None:
        for cut in (header[:-2], header[-2:] + body[:50_000]):  # the header's end is cut in two
            await stranger.send(cut)
            await asyncio.sleep(0.05)
        assert await stranger.ask(body[50_000:]) == 201

    meet(tmp_path, scene)


MALFORMED = {
    "no HTTP": b"x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    "no version": b"GET / HTTP\r\nHost: 127.0.0.1\r\n\r\n",
    "bad length": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
    "long line": b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "many fields": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n",
    "bad address": b"GET http://[::1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_request_is_answered_like_any_other(
    sent: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stranger: Stranger) -> None:
        await stranger.send(sent)
        header, _, body = (await stranger.read_to_end()).decode().partition("\r\n\r\n")
        assert " 400 " in header.splitlines()[0]
        assert "Server: reenact\r\n" in header + "\r\n"
        assert "nosniff" in header
        assert "HTTP" in json.loads(body)["error"]

    with caplog.at_level(logging.INFO):
        meet(tmp_path, scene, DoorLimits())
    assert [record.exc_info for record in caplog.records] == [None]
    assert len(caplog.text) < 200
