"""Whether the service lives, and whether it can take people in."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

BEAT_S = 1.0
SILENT_S = 10.0
"""Longer without an answer, and the device's thread hangs: no frame takes so long."""


class Health:
    """Asks the device every second whether it is there; /healthz and /readyz say what came.

    draining: set when no more people are taken in. lag_s: how late the loop was, the last time.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """ask: returns when the device's thread had its turn."""
        self._ask, self._clock = ask, clock
        self._answered: float | None = None
        self._task: asyncio.Task[None] | None = None
        self.draining = False
        self.lag_s = 0.0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    async def start(self) -> None:
        """Returns after the first answer."""
        await self._beat()
        self._task = asyncio.create_task(self._keep_asking())

    async def close(self) -> None:
        """Stop asking; twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def reason_against(self) -> str | None:
        """Why nobody is taken in; None when all is well."""
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
        """A service whose sessions are all taken is ready: those in it still need to be reached."""
        reason = self.reason_against()
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
