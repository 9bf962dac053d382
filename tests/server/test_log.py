"""server/log.py: what is logged, and what must not be."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.bounded_log import BoundedHandler
from server.log import AccessLog, JsonFormatter, PlainFormatter, access, configure, redact
from tests.support.fake_sessions import TOKEN

KEPT_OUT = {
    "IPv4": "sent to 192.0.2.17 port 5",
    "IPv4 with port": "CandidatePair(('192.0.2.17', 4000) -> 198.51.100.4:1)",
    "IPv6": "sent to 2001:db8::17",
    "IPv6 in brackets": "sent to [fe80::1]:80",
    "mDNS": "resolving 8c1b-22.local failed",
    "offer": "bad SDP v=0\r\no=- 1 2 IN IP4 192.0.2.17\r\na=fingerprint:sha-256 17:17",
    "attribute": "cannot parse a=candidate:1 1 udp 17 host.example 17 typ host",
    "token": "Authorization: Bearer 17-17",
    "token of a page": "http://localhost:1/#token=17",
}


@pytest.mark.parametrize("text", KEPT_OUT.values(), ids=KEPT_OUT.keys())
def test_what_must_not_be_kept_is_cut_out(text: str) -> None:
    shown = redact(text)

    for secret in (
        "192.0.2.17",
        "198.51",
        "db8",
        "fe80",
        "8c1b",
        "IN IP4",
        "host.example",
        "17-17",
    ):
        assert secret not in shown
    assert "=17" not in shown
    assert "[" in shown


@pytest.mark.parametrize("text", ["session 12ab34cd ended: closed", "aiortc 1.16.0 at 12:30:05.1"])
def test_other_words_stay(text: str) -> None:
    assert redact(text) == text


def record(message: str, *values: object, error: bool = False) -> logging.LogRecord:
    try:
        raise ValueError("two\nlines")
    except ValueError as raised:
        about = (type(raised), raised, raised.__traceback__) if error else None
        return logging.LogRecord("server.x", logging.WARNING, "", 1, message, values, about)


def test_line_is_json() -> None:
    event = json.loads(JsonFormatter().format(record("%s of %d", "one", 2)))

    assert event["event"] == "one of 2"
    assert (event["level"], event["from"]) == ("warning", "server.x")
    assert event["time"].endswith("Z")


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()], ids=["json", "words"])
def test_error_is_one_line(formatter: logging.Formatter) -> None:
    line = formatter.format(record("it failed", error=True))

    assert "ValueError" in line
    assert "\n" not in line


def test_long_line_is_cut_and_still_json() -> None:
    event = json.loads(JsonFormatter().format(record("%s", "x y " * 100_000)))

    assert event["event"].endswith("...")
    assert len(event["event"]) < 10_000


def test_service_logs_through_the_handler_that_has_a_bound() -> None:
    root = logging.getLogger()
    before = root.level, [*root.handlers]
    try:
        configure()
        assert [type(handler) for handler in root.handlers] == [BoundedHandler]
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]


def test_requests_are_logged_by_route(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    async def run() -> None:
        app = web.Application()
        app.add_routes([web.get("/api/identities/{name}.png", answer)])
        server = TestServer(app)
        await server.start_server(access_log_class=AccessLog, access_log=access)
        async with TestClient(server) as client:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            await client.get("/api/identities/ada.png?to=eve", headers=headers)
            await client.get("/somewhere/else")

    with caplog.at_level(logging.INFO, logger="server.access"):
        asyncio.run(run())
    first, second = (item.getMessage() for item in caplog.records if item.name == "server.access")
    assert first.startswith("GET /api/identities/{name}.png 200 in ")
    assert second.startswith("GET - 404 in ")
    for secret in ("ada", "eve", TOKEN, "127.0.0.1"):
        assert secret not in caplog.text.replace("{name}", "")
