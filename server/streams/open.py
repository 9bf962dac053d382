"""Opens and closes streams, whose performances live on the worker's thread."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from engines.base import EngineError
from reenact.errors import ReenactError
from server.errors import RefusedError
from server.limits import Limits
from server.settings import StreamSettings
from server.streams.device_thread import DeviceThread
from server.streams.performance import Performance
from server.streams.stream import Stream

logger = logging.getLogger(__name__)


class Stage(Protocol):
    """The part of `server.streams.runtime.Runtime` that sessions need."""

    @property
    def worker(self) -> DeviceThread: ...
    @property
    def identities(self) -> tuple[str, ...]: ...
    @property
    def knobs(self) -> tuple[str, ...]: ...
    @property
    def device(self) -> str: ...
    @property
    def default_settings(self) -> StreamSettings: ...
    def open(self, settings: StreamSettings, state: Any = None) -> Performance: ...


class Streams:
    """Of one event loop."""

    def __init__(self, studio: Stage, limits: Limits) -> None:
        self._studio, self._limits = studio, limits

    async def open(
        self,
        settings: StreamSettings,
        state: dict[str, Any] | None,
        *,
        failed: Callable[[str], None],
    ) -> Stream:
        """A stream that has its turns. failed: told, on this loop, why it cannot go on.

        Raises RefusedError when a net or the tracker does not start.
        """
        studio, loop = self._studio, asyncio.get_running_loop()
        made: list[Stream] = []

        def failed_here(reason: str) -> None:
            loop.call_soon_threadsafe(failed, reason)

        def make() -> None:
            performance = studio.open(settings, state)
            wake = studio.worker.wake
            made.append(Stream(performance, settings, self._limits, wake=wake, failed=failed_here))
            studio.worker.add(made[0])

        def unmake() -> None:
            for stream in made:
                studio.worker.remove(stream)
                stream.close()

        try:
            await asyncio.wrap_future(studio.worker.call(make))
        except (EngineError, ReenactError) as error:
            logger.exception("a stream could not be opened")
            reason = "the stream could not be opened; the server's log says why"
            raise RefusedError(500, reason) from error
        except asyncio.CancelledError:  # the client did not wait for its answer
            studio.worker.call(unmake)
            raise
        return made[0]

    async def close(self, stream: Stream) -> dict[str, Any] | None:
        """What the stream remembered; None when it could not say. Never raises."""
        self._studio.worker.remove(stream)
        try:
            return await asyncio.wrap_future(self._studio.worker.call(stream.close))
        except Exception:
            logger.exception("a stream did not close cleanly")
            return None
