"""The JSON routes of the page: configuration, identities, sessions and recordings."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from server.errors import RefusedError
from server.sessions.admission import Resume
from server.sessions.session import SessionState
from server.sessions.sessions import Sessions
from server.web.body import read_object
from server.web.identities import Identities
from server.web.thumbnails import Gallery
from server.webrtc.ice import Ice

SECRET = "X-Session-Secret"
"""Header that proves that a client opened the session it asks for."""

_SEED_BITS = 63


class Api:
    """Handlers of everything below /api."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        identities: Identities,
        gallery: Gallery,
        facts: Callable[[], Mapping[str, Any]],
        ice: Ice,
    ) -> None:
        """facts: returns what /api/config says beside the identities and ICE servers."""
        self._sessions, self._identities, self._gallery = sessions, identities, gallery
        self._facts, self._ice = facts, ice

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/config", self.config),
            web.get("/api/identities/{name}.png", self.picture),
            web.post("/api/identities/random", self.make_random),
            web.post("/api/sessions", self.open),
            web.get("/api/sessions/{id}", self.state),
            web.delete("/api/sessions/{id}", self.close),
            web.post("/api/sessions/{id}/recording", self.record),
            web.get("/api/sessions/{id}/recording", self.recording),
        ]

    async def config(self, request: web.Request) -> web.Response:
        identities = [
            {
                "name": name,
                "description": self._identities.description(name),
                "picture": f"/api/identities/{name}.png",
            }
            for name in self._identities.names
        ]
        listed = {
            "identities": identities,
            "can_random": self._identities.can_random,
            "ice_servers": self._ice.servers(),
        }
        return web.json_response({**self._facts(), **listed})

    async def picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._identities.names:
            raise RefusedError(404, "there is no identity of this name; see /api/config")
        png = await self._gallery.png(name)
        return web.Response(body=png, content_type="image/png")

    async def make_random(self, request: web.Request) -> web.Response:
        body = await read_object(request, {"seed": int})
        seed = body.get("seed")
        if seed is not None and not 0 <= seed < 1 << _SEED_BITS:
            raise RefusedError(400, f"seed must be 0 to 2**{_SEED_BITS} - 1")
        if not self._identities.can_random:
            raise RefusedError(409, "this pack cannot make random faces")
        return web.json_response({"name": await self._identities.make_random(seed)}, status=201)

    async def open(self, request: web.Request) -> web.Response:
        body = await read_object(request, {"sdp": str, "settings": dict, "resume": dict})
        if "sdp" not in body:
            raise RefusedError(400, "the body must hold sdp, the offer")
        opened = await self._sessions.open(
            body["sdp"],
            body.get("settings", {}),
            kind="duplex",
            resume=_resume(body),
            address=request.remote,
        )
        answer = {"id": opened.id, "secret": opened.secret, "sdp": opened.sdp}
        location = {"Location": f"/api/sessions/{opened.id}"}
        return web.json_response(answer, status=201, headers=location)

    async def state(self, request: web.Request) -> web.Response:
        session = self._session(request)
        shown = ("kind", "state", "room", "settings", "statistics", "recording")
        return web.json_response({name: getattr(session, name) for name in shown})

    async def close(self, request: web.Request) -> web.Response:
        self._session(request)
        await self._sessions.close(request.match_info["id"])
        return web.json_response({})

    async def record(self, request: web.Request) -> web.Response:
        self._session(request)
        body = await read_object(request, {"on": bool})
        if "on" not in body:
            raise RefusedError(400, "the body must hold on, true or false")
        note = await self._sessions.record(request.match_info["id"], on=body["on"])
        said = {} if note is None else {"note": note}
        return web.json_response({"recording": body["on"], **said})

    async def recording(self, request: web.Request) -> web.FileResponse:
        self._session(request)
        path = self._sessions.recording(request.match_info["id"])
        if path is None:
            raise RefusedError(404, "this session has no finished recording")
        named = {"Content-Disposition": 'attachment; filename="reenact.mp4"'}
        return web.FileResponse(path, headers=named)

    def _session(self, request: web.Request) -> SessionState:
        """The session in the path. Raises RefusedError unless the request has its secret."""
        session = self._sessions.get(request.match_info["id"])
        given = request.headers.get(SECRET, "").encode("utf-8", "replace")
        if session is None:
            raise RefusedError(404, "this session does not exist, or it has ended")
        if not hmac.compare_digest(given, session.secret.encode()):
            raise RefusedError(403, f"{SECRET} must be the secret of this session")
        return session


def _resume(body: Mapping[str, Any]) -> Resume | None:
    if "resume" not in body:
        return None
    match body["resume"]:
        case {"id": str(id), "secret": str(secret)}:
            return Resume(id, secret)
    raise RefusedError(400, "resume must hold id and secret, both text")
