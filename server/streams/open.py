"""Opening and closing of streams, whose pipelines live on the device thread."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from engines.base import EngineError
from reenact.errors import ReenactError
from server.errors import RefusedError
from server.limits import Limits
from server.settings import StreamSettings
from server.streams.runtime import Runtime
from server.streams.stream import Stream

logger = logging.getLogger(__name__)


class Streams:
    """Opens and closes the streams of one event loop."""

    def __init__(self, runtime: Runtime, limits: Limits) -> None:
        self._runtime, self._limits = runtime, limits

    async def open(
        self,
        settings: StreamSettings,
        state: dict[str, Any] | None,
        *,
        failed: Callable[[str], None],
    ) -> Stream:
        """A stream that takes its turns on the device thread. failed: told, on this loop, why it
        cannot go on.

        Raises RefusedError when a net or the tracker does not start.
        """
        loop, thread = asyncio.get_running_loop(), self._runtime.device_thread
        made: list[Stream] = []

        def report_failure(reason: str) -> None:
            loop.call_soon_threadsafe(failed, reason)

        def make() -> None:
            made.append(self._make(settings, state, report_failure))
            thread.add(made[0])

        def unmake() -> None:
            for stream in made:
                thread.remove(stream)
                stream.close()

        try:
            await asyncio.wrap_future(thread.call(make))
        except (EngineError, ReenactError) as error:
            logger.exception("a stream could not be opened")
            reason = "the stream could not be opened; the server's log says why"
            raise RefusedError(500, reason) from error
        except asyncio.CancelledError:  # the client did not wait for its answer
            thread.call(unmake)
            raise
        return made[0]

    async def close(self, stream: Stream) -> dict[str, Any] | None:
        """End a stream; its state, None when that failed. Never raises."""
        self._runtime.device_thread.remove(stream)
        try:
            return await asyncio.wrap_future(self._runtime.device_thread.call(stream.close))
        except Exception:
            logger.exception("a stream did not close cleanly")
            return None

    def _make(
        self,
        settings: StreamSettings,
        state: dict[str, Any] | None,
        failed: Callable[[str], None],
    ) -> Stream:
        """On the device thread."""
        runtime = self._runtime
        return Stream(
            runtime.open(settings, state),
            settings,
            self._limits,
            driving=runtime.driving,
            wake=runtime.device_thread.wake,
            failed=failed,
        )
