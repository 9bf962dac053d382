"""Health routes: /healthz says that the service lives, /readyz that it can take sessions."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

BEAT_S = 1.0
"""Seconds between two questions to the device's thread."""

SILENT_S = 10.0
"""Seconds without an answer after which the device's thread hangs: no frame takes as long."""


class Health:
    """Asks the device's thread every second whether it answers. Belongs to one event loop."""

    def __init__(
        self, ask: Callable[[], Awaitable[None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """ask: returns once the device's thread has run a call."""
        self._ask, self._clock = ask, clock
        self._answered: float | None = None
        self._task: asyncio.Task[None] | None = None
        self.draining = False
        """Set when the service takes no more sessions."""
        self.lag_s = 0.0
        """Seconds that the event loop was late at the last beat."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    async def start(self) -> None:
        """Ask for the first time, and return when the answer is there."""
        await self._beat()
        self._task = asyncio.create_task(self._keep_asking())

    async def close(self) -> None:
        """Stop asking; twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def reason_unready(self) -> str | None:
        """Why no session is taken, as a phrase; None when the service is ready."""
        if self.draining:
            return "the service is stopping"
        if self._answered is None:
            return "the nets are being loaded"
        if self._clock() - self._answered > SILENT_S:
            return f"the nets have not answered for {SILENT_S:g} s"
        return None

    async def alive(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(self, request: web.Request) -> web.Response:
        """A full service is ready: its running sessions must still be reached."""
        reason = self.reason_unready()
        if reason is None:
            return web.json_response({"ready": True})
        return web.json_response({"ready": False, "reason": reason}, status=503)

    async def _keep_asking(self) -> None:
        while True:
            start = self._clock()
            await asyncio.sleep(BEAT_S)
            self.lag_s = max(self._clock() - start - BEAT_S, 0.0)
            await self._beat()

    async def _beat(self) -> None:
        await self._ask()
        self._answered = self._clock()
