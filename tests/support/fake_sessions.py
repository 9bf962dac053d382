"""Fake sessions and identities, and the web application around them with a client for it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from reenact.types import Image
from server.errors import RefusedError
from server.sessions.admission import Resume
from server.sessions.sessions import Opened, Sessions
from server.web.api import Api
from server.web.app import build_app
from server.web.guard import Guard
from server.web.health import Health
from server.web.identities import Identities
from server.web.metrics import Metrics
from server.web.thumbnails import Gallery
from server.web.tickets import Tickets
from server.web.whip import WhipEndpoint
from server.webrtc.ice import Ice
from server.webrtc.sdp import Kind

TOKEN = "t" * 40
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TURN = Ice(stun=("stun:s:1",), turn=("turn:t:2",), turn_secret="shared")
OFFER = "v=0\r\n"


@dataclass
class FakeState:
    id: str
    kind: Kind
    room: str | None
    secret: str = "the secret"
    state: str = "live"
    recording: bool = False
    settings: dict[str, Any] | None = None
    statistics: dict[str, Any] = field(
        default_factory=lambda: {
            "in_fps": 30.0,
            "out_fps": 20.0,
            "age_ms": [50.0, 80.0],
            "stages": {"synthesis": 25.0, "align": None},
        }
    )


class FakeSessions:
    """Takes `room_for` sessions. raises: instead of opening one."""

    def __init__(self, room_for: int = 2, raises: Exception | None = None) -> None:
        self.room_for, self.raises = room_for, raises
        self.opened: dict[str, FakeState] = {}
        self.asked: list[tuple[object, object, Resume | None]] = []
        self.addresses: list[str | None] = []
        """Where offers came from."""
        self.counters: Counter[str] = Counter()
        self.ended: dict[str, str] = {}
        """Why sessions were ended, by id."""
        self.recorded: Path | None = None
        self.missing: str | None = None
        """What is missing from a recording that is finished."""

    async def open(
        self,
        sdp: object,
        settings: object = None,
        *,
        kind: Kind = "duplex",
        room: str | None = None,
        resume: Resume | None = None,
        address: str | None = None,
    ) -> Opened:
        self.addresses.append(address)
        self.asked.append((sdp, settings, resume))
        if self.raises is not None:
            raise self.raises
        if len(self.opened) >= self.room_for:
            raise RefusedError(503, "all sessions are in use; try again later", 10)
        id = f"{len(self.opened):032x}"
        self.opened[id] = FakeState(id, kind, room)
        self.counters[f"opened_{kind}"] += 1
        return Opened(id, "the secret", "the answer")

    def get(self, id: str) -> FakeState | None:
        return self.opened.get(id)

    def why_ended(self, id: str) -> str | None:
        return self.ended.get(id)

    def states(self) -> list[FakeState]:
        return [*self.opened.values()]

    async def close(self, id: str) -> None:
        del self.opened[id]
        self.counters["ended_closed"] += 1

    async def record(self, id: str, *, on: bool) -> str | None:
        self.opened[id].recording = on
        return None if on else self.missing

    def recording(self, id: str) -> Path | None:
        return self.recorded

    async def drain(self, grace_s: float) -> None: ...

    async def close_all(self) -> None: ...


class FakeIdentities:
    """Ada and ben, drawn in orange, and the random ones that were made since."""

    def __init__(self, can_random: bool = True) -> None:
        self.can_random = can_random
        self.names: tuple[str, ...] = ("ada", "ben")
        self.drawn: list[str] = []

    def description(self, name: str) -> str:
        return f"{name}, for tests"

    async def draw(self, name: str) -> Image:
        self.drawn.append(name)
        await asyncio.sleep(0)
        return np.full((512, 512, 3), (200, 100, 50), np.uint8)

    async def make_random(self, seed: int | None) -> str:
        name = f"random-{seed}"
        self.names = (*self.names, name)
        return name


Answer: TypeAlias = tuple[int, Any, Mapping[str, str]]
"""Status, body (read as JSON where it is), headers."""


class ServiceClient:
    """A client of the application, with the token and the right types unless told otherwise."""

    def __init__(self, http: TestClient[Any, Any]) -> None:
        self.http = http

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any
    ) -> Answer:
        async with self.http.request(
            method, path, headers={**BEARER, **(headers or {})}, **rest
        ) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.read()
            return response.status, body, response.headers

    async def offer(self, path: str, text: str = OFFER) -> Answer:
        return await self.ask("POST", path, data=text, headers={"Content-Type": "application/sdp"})


@asynccontextmanager
async def make_app(
    static: Path,
    sessions: FakeSessions | None = None,
    identities: FakeIdentities | None = None,
    *,
    health: Health | None = None,
    scheme: str = "http",
) -> AsyncIterator[web.Application]:
    """An application around fakes; `static` is made to hold a page."""
    (static / "index.html").write_text("<!doctype html><title>page</title>")
    (static / "page.js").write_text("export {};")
    all_sessions = cast(Sessions, sessions or FakeSessions())
    listed = cast(Identities, identities or FakeIdentities())
    gallery = Gallery(listed.draw)
    api = Api(
        sessions=all_sessions,
        identities=listed,
        gallery=gallery,
        facts=lambda: {"version": "1"},
        ice=TURN,
    )
    whip = WhipEndpoint(sessions=all_sessions, kind="publisher", path="/whip", ice=TURN)
    whep = WhipEndpoint(sessions=all_sessions, kind="viewer", path="/whep", ice=TURN)
    health = health or Health(_at_once)
    tickets = Tickets(TOKEN)
    yield build_app(
        guard=Guard(names=frozenset({"127.0.0.1"}), token=TOKEN, scheme=scheme),
        metrics=Metrics(all_sessions, lag_s=lambda: 0.25),
        routes=[*api.routes(), *whip.routes(), *whep.routes(), *health.routes(), *tickets.routes()],
        static=static,
    )
    await gallery.close()


@asynccontextmanager
async def serve_fakes(static: Path, *fakes: Any, **how: Any) -> AsyncIterator[ServiceClient]:
    """A client of an application that `make_app` makes so."""
    async with make_app(static, *fakes, **how) as app, TestClient(TestServer(app)) as http:
        yield ServiceClient(http)


async def _at_once() -> None: ...
