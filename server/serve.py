"""`reenact serve`: builds the service from its parts, runs it, and ends it cleanly on a signal."""

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
from server.limits import ClientLimits, Limits, RecordingLimits, sessions_for
from server.service_settings import ServiceSettings
from server.sessions.recordings import Recordings
from server.sessions.sessions import Sessions
from server.settings import GAINS
from server.streams.runtime import Runtime
from server.streams.stream import TRANSPORT_SIZE
from server.web.api import Api
from server.web.app import build_app
from server.web.front_door import FrontDoor
from server.web.guard import Guard
from server.web.health import Health
from server.web.identities import Identities
from server.web.metrics import Metrics
from server.web.thumbnails import Gallery
from server.web.tickets import Tickets
from server.web.whip import WhipEndpoint
from server.webrtc.delay_code import ROWS as CODE_ROWS
from server.webrtc.delay_code import rows_of
from server.webrtc.ice import Ice

logger = logging.getLogger(__name__)

BACKLOG = 64
CLOSE_S = 5.0
"""Seconds that answers in progress have left when the service ends."""


def run_service(
    settings: ServiceSettings, open_runtime: Callable[[], Runtime], *, say: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; a second one ends it at once.

    say: called with the address of the page, once it is served. Raises ValueError for unusable TLS
    files, OSError for an address that is taken, MediaError for a folder that cannot hold
    recordings, and what `open_runtime` raises.
    """
    # A wrong certificate, port or folder is reported before the nets take seconds to load.
    tls = settings.tls()
    with listen(settings.host, settings.port) as listener:
        recordings = open_recordings(settings)
        runtime = open_runtime()
        try:
            asyncio.run(_serve(settings, runtime, recordings, listener, tls, say))
        finally:
            runtime.close()


def open_recordings(settings: ServiceSettings) -> Recordings | None:
    """The folder of recordings, ready; None where nothing is recorded. Raises MediaError."""
    if settings.recordings is None:
        return None
    most = round(settings.max_recordings_gb * 1e9)
    return Recordings(settings.recordings, RecordingLimits(most_bytes=most))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`. Raises OSError with a sentence for the user."""
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
    runtime: Runtime,
    recordings: Recordings | None,
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    say: Callable[[str], None],
) -> None:
    service = Service(settings, runtime, await settings.ice.probe(), recordings)
    await service.run(listener, tls, say)


def open_browser(url: str) -> None:
    """Open `url` where there is a desktop; a browser for terminals would take over ours."""
    shown = {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    if shown or sys.platform in ("win32", "darwin"):
        threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()


class Service:
    """Holds the parts of the service. `run` ends what it starts, in reverse order."""

    def __init__(
        self,
        settings: ServiceSettings,
        runtime: Runtime,
        ice: Ice,
        recordings: Recordings | None = None,
    ) -> None:
        """recordings: where they go; nothing is recorded when None."""
        self._settings, self._runtime, self._ice = settings, runtime, ice
        most = settings.max_sessions or sessions_for(runtime.device)
        limits = Limits(sessions=most, client=ClientLimits(settings.max_sessions_per_client))
        self.sessions = Sessions(runtime, limits, ice=ice, recordings=recordings)
        self.health = Health(self._ask_device)
        self._tickets = Tickets(settings.token)
        self._identities = Identities(runtime)
        self._gallery = Gallery(self._identities.draw)
        self._max_sessions = most

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
        routes += self._tickets.routes()
        guard = Guard(names=settings.names, token=settings.token, scheme=settings.scheme)
        metrics = Metrics(sessions, lag_s=lambda: self.health.lag_s)
        return build_app(guard=guard, metrics=metrics, routes=routes)

    async def run(
        self, listener: socket.socket, tls: ssl.SSLContext | None, say: Callable[[str], None]
    ) -> None:
        """Serve on `listener` until a signal comes, then drain."""
        stop, hurry = asyncio.Event(), asyncio.Event()
        _on_signals(stop, hurry)
        runner = web.AppRunner(self.app(), shutdown_timeout=CLOSE_S)
        await runner.setup()
        assert runner.server is not None
        door = FrontDoor(runner.server)
        try:
            await self.health.start()
            door.open(listener, tls)
            await self._announce(listener.getsockname()[1], say)
            await stop.wait()
            await self._drain(hurry)
        finally:
            await door.close()
            await self.sessions.close_all()
            await runner.cleanup()
            await self._gallery.close()
            await self.health.close()
            logger.info("the service ended")

    async def _announce(self, port: int, say: Callable[[str], None]) -> None:
        say(self._settings.url(port))
        device = self._runtime.device
        logger.info("the service is ready, for %d sessions on %s", self._max_sessions, device)
        if self._settings.open_browser:
            open_browser(f"{self._settings.address(port)}#ticket={self._tickets.issue()}")

    async def _drain(self, hurry: asyncio.Event) -> None:
        """Refuse new sessions and wait for the running ones, until a second signal."""
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
        await asyncio.wrap_future(self._runtime.device_thread.call(lambda: None))

    def _facts(self) -> dict[str, Any]:
        """What /api/config says of pack and device, read anew each time: the device may change."""
        pack = self._runtime.pack
        camera = _CAMERA_SIZES[pack.reads]
        about = {name: getattr(pack, name) for name in _PACK_FACTS}
        gains = [
            {"name": name, "label": name.capitalize(), "axes": axes}
            for name, axes in GAINS.items()
            if name in self._runtime.knobs
        ]
        return {
            "version": __version__,
            "pack": about,
            "device": self._runtime.device,
            # Without a graphics card there is no reason to explain.
            "device_reason": self._runtime.reenactor.reason if has_nvidia_driver() else "",
            "gains": gains,
            "max_sessions": self._max_sessions,
            "camera": {"size": camera, "code_rows": rows_of(camera[1])},
            "code_rows": CODE_ROWS,
            "transport_size": TRANSPORT_SIZE,
        }


_CAMERA_SIZES = {"expression": (480, 360), "face": (640, 480)}
"""Camera size (width, height) by what a pack reads: the landmark net takes 192 pixels, a motion
encoder 256, of the face alone."""

_PACK_FACTS = ("name", "size", "reads", "licence", "attribution")


def _on_signals(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def stop_or_hurry() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop_or_hurry)
        except NotImplementedError:  # Windows: there Ctrl+C interrupts asyncio.run
            return
