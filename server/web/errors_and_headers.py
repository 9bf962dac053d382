"""Answers of the service: errors are one sentence of JSON, headers keep browsers strict."""

import logging
import math

from aiohttp import web
from aiohttp.typedefs import Handler

from server.errors import RefusedError, SettingsError

logger = logging.getLogger(__name__)

_SENTENCES = {
    404: "there is nothing here",
    405: "this cannot be done here",
    413: "the body is too large",
}

_CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "reenact",
}


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every response has; a signal of aiohttp, sent before each."""
    response.headers.update(_HEADERS)
    fresh = "no-cache" if request.path == "/" or request.path.startswith("/static/") else "no-store"
    response.headers.setdefault("Cache-Control", fresh)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into a sentence, and never let a traceback out."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return refusal(refused)
    except SettingsError as error:
        return refusal(RefusedError(400, str(error)))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = refusal(RefusedError(error.status, _SENTENCES.get(error.status, error.reason)))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        logger.exception("a request failed")
        return refusal(RefusedError(500, "the service failed at this; its log says why"))


def refusal(refused: RefusedError) -> web.Response:
    """The answer that says so."""
    answer = web.json_response({"error": refused.reason}, status=refused.status)
    if refused.retry_after_s is not None:
        answer.headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
    if refused.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
