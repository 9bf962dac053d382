"""Tickets: one-time stand-ins for the token in the address that a browser is started with.

Other users of the machine can read a command line, and browsers write addresses into their history;
a ticket is worth nothing there, since it is traded for the token once, within a minute.
"""

import hmac
import secrets
import time
from collections.abc import Callable

from aiohttp import web

from server.errors import RefusedError
from server.limits import DoorLimits
from server.web.body import read_object

PATH = "/api/ticket"
_LIMITS = DoorLimits()


class Tickets:
    """Issues tickets, and trades each for the token once. Belongs to the event loop."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock = token, clock
        self._valid: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.trade)]

    def issue(self) -> str:
        """A new ticket, valid for `DoorLimits.ticket_s`."""
        ticket = secrets.token_urlsafe(32)
        self._valid[ticket] = self._clock() + _LIMITS.ticket_s
        return ticket

    async def trade(self, request: web.Request) -> web.Response:
        most = _LIMITS.ticket_bytes
        if request.content_length is None or request.content_length > most:
            raise RefusedError(413, f"the body must be {most} bytes or less, and say so")
        given = (await read_object(request, {"ticket": str})).get("ticket", "")
        if not self._take(given.encode("utf-8", "replace")):
            raise RefusedError(
                403, "this address worked once, within a minute; use the one that was printed"
            )
        return web.json_response({"token": self._token})

    def _take(self, given: bytes) -> bool:
        now = self._clock()
        self._valid = {ticket: until for ticket, until in self._valid.items() if now < until}
        for ticket in self._valid:
            if hmac.compare_digest(ticket.encode(), given):
                del self._valid[ticket]
                return True
        return False
