"""WHIP and WHEP endpoints: other programs publish to a room, or watch one, over plain HTTP.

WHIP is RFC 9725; WHEP is draft-ietf-wish-whep. Neither trickle ICE nor ICE restarts are supported,
so offers must hold their candidates, and PATCH is answered 405.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import hdrs, web

from server.errors import RefusedError
from server.sessions.sessions import Sessions
from server.web.body import read_text
from server.web.guard import SDP
from server.webrtc.ice import Ice
from server.webrtc.sdp import Kind

_SESSION_METHODS = "DELETE, OPTIONS"
_ROOM = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9_-])?")


class WhipEndpoint:
    """Handlers of one of the two protocols."""

    def __init__(self, *, sessions: Sessions, kind: Kind, path: str, ice: Ice) -> None:
        """kind: of its sessions. path: "/whip" or "/whep"."""
        self._sessions, self._kind, self._path = sessions, kind, path
        self._ice = ice

    def routes(self) -> list[web.RouteDef]:
        room = f"{self._path}/{{room}}"
        session = f"{room}/{{id}}"
        return [
            web.post(room, self.open),
            web.options(room, self.endpoint_options),
            web.patch(session, self.patch),
            web.delete(session, self.close),
            web.options(session, self.session_options),
        ]

    async def open(self, request: web.Request) -> web.Response:
        room = request.match_info["room"]
        _check_room(room)
        opened = await self._sessions.open(
            await read_text(request),
            self._settings(request),
            kind=self._kind,
            room=room,
            address=request.remote,
        )
        answer = web.Response(text=opened.sdp, status=201, content_type=SDP)
        answer.headers[hdrs.LOCATION] = f"{self._path}/{room}/{opened.id}"
        answer.headers[hdrs.ETAG] = f'"{hashlib.sha256(opened.sdp.encode()).hexdigest()[:32]}"'
        for link in _list_links(self._ice):
            answer.headers.add(hdrs.LINK, link)
        return answer

    async def endpoint_options(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"Accept-Post": SDP, "Allow": "OPTIONS, POST"})

    async def session_options(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"Accept-Post": SDP, hdrs.ALLOW: _SESSION_METHODS})

    async def patch(self, request: web.Request) -> web.Response:
        self._check_session(request)
        raise web.HTTPMethodNotAllowed(request.method, _SESSION_METHODS.split(", "))

    async def close(self, request: web.Request) -> web.Response:
        self._check_session(request)
        await self._sessions.close(request.match_info["id"])
        return web.Response()

    def _settings(self, request: web.Request) -> dict[str, str]:
        """Settings in the address of a publisher, which sends no others: the identity alone."""
        known = {"identity"} if self._kind == "publisher" else set()
        unknown = sorted(set(request.query) - known)
        if unknown:
            raise RefusedError(400, f"the address may not set {unknown[0][:40]!r}")
        return dict(request.query)

    def _check_session(self, request: web.Request) -> None:
        """Raise RefusedError unless the path's session is one of this protocol, in this room."""
        session = self._sessions.get(request.match_info["id"])
        here = (self._kind, request.match_info["room"])
        if session is None or (session.kind, session.room) != here:
            ended = self._sessions.why_ended(request.match_info["id"])
            if ended is not None and session is None:
                raise RefusedError(410, f"this session has ended: {ended}")
            raise RefusedError(404, "this session does not exist, or it has ended")


def _check_room(name: str) -> None:
    if not _ROOM.fullmatch(name):
        raise RefusedError(404, "a room's name must be 1 to 64 of a-z, 0-9, '-', '_' and inner '.'")


def _list_links(ice: Ice) -> Iterator[str]:
    for server in ice.servers():
        for url in server["urls"]:
            yield "; ".join([f"<{url}>", 'rel="ice-server"', *_credentials(server)])


def _credentials(server: Mapping[str, Any]) -> list[str]:
    if "username" not in server:
        return []
    given = [f'{key}="{_quote(server[key])}"' for key in ("username", "credential")]
    return [*given, 'credential-type="password"']


def _quote(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
