"""The web application: every door of the service behind one guard."""

from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from server.web.errors_and_headers import add_security_headers, error_middleware
from server.web.guard import BODY_BYTES, Guard
from server.web.metrics import Metrics

STATIC = Path(__file__).parents[1] / "static"
"""The page: index.html and what it loads."""


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
