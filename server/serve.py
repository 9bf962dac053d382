"""`reenact serve`: studio, sessions, application; from the first line to a clean end."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import Any

from aiohttp import web

from reenact import __version__
from reenact.graphics_cards import has_nvidia_driver
from server.limits import Limits, sessions_for
from server.log import AccessLog, access
from server.service_settings import ServiceSettings
from server.sessions.sessions import Sessions
from server.settings import GAINS
from server.streams.performance import TRANSPORT_SIZE
from server.streams.runtime import Runtime
from server.web.api import Api
from server.web.app import build_app
from server.web.guard import Guard
from server.web.health import Health
from server.web.identities import Identities
from server.web.metrics import Metrics
from server.web.thumbnails import Gallery
from server.web.whip import WhipEndpoint
from server.webrtc.delay_code import ROWS as CODE_ROWS
from server.webrtc.delay_code import rows_of
from server.webrtc.ice import Ice

logger = logging.getLogger(__name__)

BACKLOG = 64
CLOSE_S = 5.0
"""For answers that are being written when the service ends."""


def run_service(
    settings: ServiceSettings, open_runtime: Callable[[], Runtime], *, say: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; a second one ends it at once.

    say: told the address of the page, once it can be used. Raises ValueError for TLS files that
    cannot be used, OSError for an address that is taken, and what `open_runtime` raises.
    """
    tls = settings.tls()
    with listen(settings.host, settings.port) as listener:  # before the nets take seconds to load
        studio = open_runtime()
        try:
            asyncio.run(_serve(settings, studio, listener, tls, say))
        finally:
            studio.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError with a sentence."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(
            f"{host}:{port} cannot be listened on ({error.strerror}); "
            "choose another with --port, 0 for any that is free"
        ) from error


async def _serve(
    settings: ServiceSettings,
    studio: Runtime,
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    say: Callable[[str], None],
) -> None:
    service = Service(settings, studio, await settings.ice.probed())
    await service.run(listener, tls, say)


def open_browser(url: str) -> None:
    """Open `url` where there is a browser with windows; one for terminals would take ours over."""
    seen = sys.platform in ("win32", "darwin") or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    if seen:
        threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()


class Service:
    """The parts of a running service. What `run` starts it ends, in reverse."""

    def __init__(self, settings: ServiceSettings, studio: Runtime, ice: Ice) -> None:
        self._settings, self._studio, self._ice = settings, studio, ice
        most = settings.max_sessions or sessions_for(studio.device)
        self.sessions = Sessions(
            studio, Limits(sessions=most), ice=ice, recordings=settings.recordings
        )
        self.health = Health(self._ask_device)
        self._identities = Identities(studio)
        self._gallery = Gallery(self._identities.draw)
        self._most = most

    def app(self) -> web.Application:
        settings, sessions, ice = self._settings, self.sessions, self._ice
        api = Api(
            sessions=sessions,
            identities=self._identities,
            gallery=self._gallery,
            facts=self._facts,
            ice=ice,
        )
        whip = WhipEndpoint(sessions=sessions, kind="publisher", path="/whip", ice=ice)
        whep = WhipEndpoint(sessions=sessions, kind="viewer", path="/whep", ice=ice)
        routes = [*api.routes(), *whip.routes(), *whep.routes(), *self.health.routes()]
        guard = Guard(names=settings.names, token=settings.token, scheme=settings.scheme)
        metrics = Metrics(sessions, lag_s=lambda: self.health.lag_s)
        return build_app(guard=guard, metrics=metrics, routes=routes)

    async def run(
        self, listener: socket.socket, tls: ssl.SSLContext | None, say: Callable[[str], None]
    ) -> None:
        """Serve on `listener` until a signal, then drain."""
        stop, hurry = asyncio.Event(), asyncio.Event()
        _on_signals(stop, hurry)
        runner = web.AppRunner(
            self.app(),
            access_log_class=AccessLog,
            access_log=access,
            shutdown_timeout=CLOSE_S,
        )
        await runner.setup()
        try:
            await self.health.start()
            await web.SockSite(runner, listener, ssl_context=tls).start()
            await self._announce(listener.getsockname()[1], say)
            await stop.wait()
            await self._drain(hurry)
        finally:
            await self.sessions.close_all()
            await runner.cleanup()
            await self._gallery.close()
            await self.health.close()
            logger.info("the service ended")

    async def _announce(self, port: int, say: Callable[[str], None]) -> None:
        url = self._settings.url(port)
        say(url)
        logger.info("the service is ready, for %d sessions on %s", self._most, self._studio.device)
        if self._settings.open_browser:
            open_browser(url)

    async def _drain(self, hurry: asyncio.Event) -> None:
        """Let nobody in, give those who are here their time, or less on a second signal."""
        self.health.draining = True
        grace_s = self._settings.drain_s
        logger.info("the service stops within %g s; a second signal stops it at once", grace_s)
        drain = asyncio.create_task(self.sessions.drain(grace_s))
        waits = {drain, asyncio.create_task(hurry.wait())}
        _, late = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _ask_device(self) -> None:
        await asyncio.wrap_future(self._studio.worker.call(lambda: None))

    def _facts(self) -> dict[str, Any]:
        """At present: the device may become a better one while the service runs."""
        pack = self._studio.pack
        camera = _CAMERA_SIZES[pack.reads]
        about = {name: getattr(pack, name) for name in _PACK_FACTS}
        gains = [
            {"name": name, "label": name.capitalize(), "axes": axes}
            for name, axes in GAINS.items()
            if name in self._studio.knobs
        ]
        return {
            "version": __version__,
            "pack": about,
            "device": self._studio.device,
            # Only who has a card wants to know why it is not used.
            "device_reason": self._studio.reenactor.reason if has_nvidia_driver() else "",
            "gains": gains,
            "max_sessions": self._most,
            "camera": {"size": camera, "code_rows": rows_of(camera[1])},
            "code_rows": CODE_ROWS,
            "transport_size": TRANSPORT_SIZE,
        }


_CAMERA_SIZES = {"expression": (480, 360), "face": (640, 480)}
"""What a pack needs to see: the landmark net looks at 192 pixels, a motion encoder at 256."""

_PACK_FACTS = ("name", "size", "reads", "licence", "attribution")


def _on_signals(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, heard)
        except NotImplementedError:  # Windows: there Ctrl+C interrupts asyncio.run
            return
