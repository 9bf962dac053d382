"""The guard before every route: checks host, origin, token, and the body's type and size."""

import hmac
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from server.errors import RefusedError
from server.limits import DoorLimits
from server.web.connection import trust

BODY_BYTES = DoorLimits().body_bytes
"""Longest request body."""

OPEN = frozenset({"/", "/static", "/healthz", "/readyz", "/api/ticket"})
"""Routes without a token: the page is public, but not what it asks for; a ticket is traded for the
token."""

JSON, SDP, FRAGMENT = "application/json", "application/sdp", "application/trickle-ice-sdpfrag"

_TYPE_BY_PREFIX = {"/api/": JSON, "/whip/": SDP, "/whep/": SDP}
_OWN_SITES = ("same-origin", "none")


class Guard:
    """Checks, in this order: encoding of the body 415, Host 421, Origin 403, token 401, type of the
    body 415, size 413.

    Host, Origin and token stop pages of other sites, even where an attacker's name resolves to this
    machine: a browser always sends the Host it asked for, and cannot know the token.
    """

    def __init__(self, *, names: frozenset[str], token: str, scheme: str) -> None:
        """names: host names of the service, in lower case.

        scheme: "https" when the service itself ends TLS, otherwise "http", also behind a proxy.
        """
        self._names = names
        self._bearer = token.encode()
        self._schemes = ("https",) if scheme == "https" else ("http", "https")

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        _check_encoding(request)
        self._check_host(request)
        self._check_origin(request)
        self._check_token(request)
        _check_body(request)
        return await handler(request)

    def _check_host(self, request: web.Request) -> None:
        if _name_in(f"//{request.headers.get(hdrs.HOST, '')}") not in self._names:
            raise RefusedError(
                421, "this service has another name; allow this one with --allow-host"
            )

    def _check_origin(self, request: web.Request) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None:
            scheme, _, place = origin.lower().partition("://")
            if scheme not in self._schemes or place != request.headers[hdrs.HOST].lower():
                raise RefusedError(403, "pages of other sites may not ask this")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in _OWN_SITES and not _opens_the_page(request):
            raise RefusedError(403, "pages of other sites may not ask this")

    def _check_token(self, request: web.Request) -> None:
        if _route(request) in OPEN or request.method == hdrs.METH_OPTIONS:
            return
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        known = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._bearer)
        if scheme.lower() != "bearer" or not known:
            raise RefusedError(401, "this needs the token that the service printed when it started")
        trust(request)


def _check_encoding(request: web.Request) -> None:
    """No body is ever unpacked: a megabyte of gzip holds a gigabyte."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise RefusedError(415, "the body must be sent as it is, without Content-Encoding")


def _check_body(request: web.Request) -> None:
    if request.method in (hdrs.METH_POST, hdrs.METH_PATCH, hdrs.METH_PUT):
        expected = _type_of_body(request)  # never aiohttp's for a request that does not say
        if request.content_type != expected:
            raise RefusedError(415, f"the body must be {expected}")
    if (request.content_length or 0) > BODY_BYTES:
        raise RefusedError(413, f"the body must be {BODY_BYTES} bytes or less")


def _type_of_body(request: web.Request) -> str:
    if request.method == hdrs.METH_PATCH:
        return FRAGMENT
    return next(
        (kind for prefix, kind in _TYPE_BY_PREFIX.items() if request.path.startswith(prefix)), JSON
    )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _opens_the_page(request: web.Request) -> bool:
    """Whether the request follows a link to the page, which any message or site may hold."""
    return _route(request) == "/" and request.headers.get("Sec-Fetch-Mode") == "navigate"


def _name_in(url: str) -> str | None:
    """The host name in `url`, in lower case; None where there is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a bad port
    except ValueError:
        return None
    return None if parts.path or parts.query or parts.fragment or "@" in url else parts.hostname
