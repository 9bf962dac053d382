"""The web application: all routes behind one guard, errors as JSON sentences, strict headers."""

import logging
import math
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from server.errors import RefusedError, SettingsError
from server.web.answers import HEADERS, as_answer
from server.web.guard import BODY_BYTES, Guard
from server.web.metrics import Metrics

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parents[1] / "static"
"""The page: index.html and the files it loads."""

_SENTENCES = {
    404: "this address does not exist",
    405: "this address does not support this method",
    413: "the body is too large",
}


def build_app(
    *,
    guard: Guard,
    metrics: Metrics,
    routes: Iterable[web.RouteDef],
    static: Path = STATIC,
) -> web.Application:
    """The application that serves `routes`, the page in `static`, and the metrics."""

    async def page(request: web.Request) -> web.FileResponse:
        return web.FileResponse(static / "index.html")

    app = web.Application(
        middlewares=[metrics.count, error_middleware, guard.check], client_max_size=BODY_BYTES
    )
    app.add_routes([*routes, *metrics.routes(), web.get("/", page)])
    app.router.add_static("/static", static, follow_symlinks=False, show_index=False)
    app.on_response_prepare.append(add_security_headers)
    return app


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every response has; aiohttp calls this before it sends one."""
    response.headers.update(HEADERS)
    fresh = "no-cache" if request.path == "/" or request.path.startswith("/static/") else "no-store"
    response.headers.setdefault("Cache-Control", fresh)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every exception with a sentence of JSON; a traceback goes to the log alone."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return _answer(refused)
    except SettingsError as error:
        return _answer(RefusedError(400, str(error)))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = _answer(RefusedError(error.status, _SENTENCES.get(error.status, error.reason)))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        logger.exception("a request failed")
        return _answer(RefusedError(500, "the service failed to answer; its log says why"))


def _answer(refused: RefusedError) -> web.Response:
    answer = as_answer(refused.status, refused.reason)
    if refused.retry_after_s is not None:
        answer.headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
    if refused.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
