"""server/web/guard.py and app.py: every route is tried with each kind of forbidden request."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from server.settings import StreamSettings
from server.web.guard import BODY_BYTES, FRAGMENT, JSON, SDP
from tests.support.fake_sessions import TOKEN, serve_fakes

ROOT = Path(__file__).parents[3]
OPEN = {"/", "/static", "/healthz", "/readyz", "/api/ticket"}
"""All that may be had without the token; not read from the guard, which this is to check."""


def list_routes(app: web.Application | None) -> Iterator[tuple[str, str, str]]:
    """Method, path and route of everything that the application answers."""
    assert app is not None
    for route in app.router.routes():
        assert route.resource is not None
        canonical = route.resource.canonical
        path = re.sub(r"\{(\w+)\}", "x", canonical)
        yield route.method, path + ("/page.js" if canonical == "/static" else ""), canonical


def right_type(method: str, path: str) -> dict[str, str]:
    if method == "PATCH":
        return {"Content-Type": FRAGMENT}
    if method == "POST":
        return {"Content-Type": JSON if path.startswith("/api/") else SDP}
    return {}


INTRUDERS = {
    "a name that points here": ({"Host": "evil.example"}, 421),
    "a name with our name in it": ({"Host": "127.0.0.1.evil.example"}, 421),
    "a name with our name as user": ({"Host": "127.0.0.1@evil.example"}, 421),
    "a name that is none": ({"Host": "127.0.0.1:port"}, 421),
    "another site": ({"Origin": "https://evil.example"}, 403),
    "a page of no site": ({"Origin": "null"}, 403),
    "another service of this machine": ({"Origin": "http://127.0.0.1:1"}, 403),
    "a form of another site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "a sibling of ours": ({"Sec-Fetch-Site": "same-site"}, 403),
}


@pytest.mark.parametrize(("headers", "status"), INTRUDERS.values(), ids=INTRUDERS.keys())
def test_no_route_answers(headers: dict[str, str], status: int, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            for method, path, _ in list_routes(client.http.app):
                sent = {**right_type(method, path), **headers}
                answer = await client.ask(method, path, headers=sent)
                assert answer[0] == status, (method, path)

    asyncio.run(run())


STRANGERS = {
    "none": "",
    "another": f"Bearer {TOKEN[:-1]}x",
    "a part of it": f"Bearer {TOKEN[:-1]}",
    "another scheme": f"Basic {TOKEN}",
    "no scheme": TOKEN,
    "no ASCII": "Bearer töken",
}


@pytest.mark.parametrize("given", STRANGERS.values(), ids=STRANGERS.keys())
def test_every_route_but_the_pages_needs_the_token(given: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            for method, path, route in list_routes(client.http.app):
                sent = {**right_type(method, path), "Authorization": given}
                status, body, headers = await client.ask(method, path, headers=sent)
                free = route in OPEN or method == "OPTIONS"
                assert (status == 401) is not free, (method, path)
                if status == 401 and method != "HEAD":
                    assert body["error"].endswith("when it started")
                    assert headers["WWW-Authenticate"] == "Bearer"

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/octet-stream"])
def test_no_route_reads_another_type(kind: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            tried = 0
            for method, path, _ in list_routes(client.http.app):
                if method in ("POST", "PATCH"):
                    answer = await client.ask(
                        method, path, headers={"Content-Type": kind}, data=b"x"
                    )
                    assert answer[0] == 415, (method, path)
                    tried += 1
            assert tried >= 6

    asyncio.run(run())


@pytest.mark.parametrize("announced", [True, False])
def test_no_route_takes_more_than_its_size(announced: bool, tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES // 1024 + 1):
            yield b"x" * 1024

    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            for method, path, _ in list_routes(client.http.app):
                unread = path.endswith("/recording")  # of an unknown session: 404 comes first
                if method == "POST" and (announced or not unread):
                    body = b"x" * (BODY_BYTES + 1) if announced else pieces()
                    sent = right_type(method, path)
                    status, answer, _ = await client.ask(method, path, headers=sent, data=body)
                    assert (status, "body" in answer["error"]) == (413, True), (method, path)

    asyncio.run(run())


def test_second_host_header_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            port = client.http.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            lines = ["GET /healthz HTTP/1.1", f"Host: 127.0.0.1:{port}", "Host: evil", "", ""]
            writer.write("\r\n".join(lines).encode())
            answer = await reader.read(4096)
            writer.close()
            await writer.wait_closed()
            assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
            assert b"Traceback" not in answer

    asyncio.run(run())


def test_our_own_page_comes_in(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            own = {
                "Origin": f"http://127.0.0.1:{client.http.port}",
                "Sec-Fetch-Site": "same-origin",
            }
            assert (await client.ask("GET", "/api/config", headers=own))[0] == 200

    asyncio.run(run())


def test_service_with_tls_knows_no_page_without(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path, scheme="https") as client:
            place = f"127.0.0.1:{client.http.port}"
            for scheme, status in (("http", 403), ("https", 200)):
                origin = {"Origin": f"{scheme}://{place}"}
                assert (await client.ask("GET", "/api/config", headers=origin))[0] == status

    asyncio.run(run())


def test_link_to_the_page_may_be_followed_from_anywhere(tmp_path: Path) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            assert (await client.ask("GET", "/", headers=followed))[0] == 200
            assert (await client.ask("GET", "/api/config", headers=followed))[0] == 403

    asyncio.run(run())


def test_every_answer_keeps_the_browser_strict(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            for path in ("/", "/static/page.js", "/api/config", "/nothing", "/healthz"):
                headers = (await client.ask("GET", path))[2]
                assert "default-src 'self'" in headers["Content-Security-Policy"]
                assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Referrer-Policy"] == "no-referrer"
                assert "camera=(self)" in headers["Permissions-Policy"]
                assert headers["Server"] == "reenact"
                assert "Access-Control-Allow-Origin" not in headers
                page = path in ("/", "/static/page.js")
                assert headers["Cache-Control"] == ("no-cache" if page else "no-store")

    asyncio.run(run())


PATHS_OUTSIDE = [
    "/static/../guard.py",
    "/static/%2e%2e/guard.py",
    "/static/..%2fguard.py",
    "/static/",
]


@pytest.mark.parametrize("path", PATHS_OUTSIDE)
def test_nothing_beside_the_page_is_served(path: str, tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text("secret")
    static = tmp_path / "static"
    static.mkdir()

    async def run() -> None:
        async with serve_fakes(static) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.http.port)
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert answer.split()[1] in (b"401", b"403", b"404")
            assert b"secret" not in answer

    asyncio.run(run())


def test_token_is_not_asked_of_who_asks_what_may_be_asked(tmp_path: Path) -> None:
    """RFC 9725: browsers send OPTIONS without credentials."""

    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            status, _, headers = await client.ask(
                "OPTIONS", "/whip/a", headers={"Authorization": ""}
            )
            assert (status, headers["Accept-Post"]) == (204, SDP)

    asyncio.run(run())


def test_the_protocol_document_names_every_route(tmp_path: Path) -> None:
    async def run() -> set[str]:
        async with serve_fakes(tmp_path) as client:
            return {route for _, _, route in list_routes(client.http.app)}

    document = (ROOT / "docs" / "live-protocol.md").read_text(encoding="utf-8")
    sessions_of_rooms = {"/whip/{room}/{id}", "/whep/{room}/{id}"}  # "DELETE of the Location"
    paths = {
        re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), route)
        for route in asyncio.run(run()) - sessions_of_rooms
    }
    assert [path for path in sorted(paths) if not re.search(rf"{path}[`?/]", document)] == []


def test_the_protocol_document_names_every_setting() -> None:
    document = (ROOT / "docs" / "live-protocol.md").read_text(encoding="utf-8")

    names = [item.name for item in dataclasses.fields(StreamSettings)]
    assert [name for name in names if f"| `{name}` |" not in document] == []
