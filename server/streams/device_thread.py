"""The device thread: it owns every net and every pipeline that runs on one device."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from server.errors import RefusedError
from server.limits import Limits
from server.streams.stream import Stream

logger = logging.getLogger(__name__)

T = TypeVar("T")

_LIMITS = Limits()

BUSY = "the device is busy with live pictures; try again later"
"""Why a call that can wait is refused."""


class DeviceThread:
    """Runs calls in order, and one frame of every stream that has one, in turns.

    `call`, `wake`, `add` and `remove` may be used from any thread.
    """

    def __init__(self, name: str = "device") -> None:
        self._streams: list[Stream] = []
        self._calls: deque[_Call] = deque()
        self._spare_calls: deque[_Call] = deque()
        self._turn = 0
        self._changed = threading.Condition()
        self._closing = False
        self.busy_s = 0.0
        """Time that frames took so far."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        return self._closing

    def call(self, function: Callable[[], T]) -> "Future[T]":
        """Run `function` on the device thread, before the next frames."""
        future: Future[T] = Future()
        with self._changed:
            if self._closing:
                future.set_exception(RuntimeError("the device thread is closed"))
                return future
            self._calls.append(_Call(future, function))
            self._changed.notify()
        return future

    def call_when_idle(self, function: Callable[[], T]) -> "Future[T]":
        """Run `function`, which takes longer than a frame, when no frame waits.

        Raises RefusedError 503 when too many such calls wait already.
        """
        future: Future[T] = Future()
        with self._changed:
            self._forget_cancelled()
            if self._closing or len(self._spare_calls) >= _LIMITS.spare_calls:
                raise RefusedError(503, BUSY, _LIMITS.retry_after_s)
            self._spare_calls.append(_Call(future, function))
            self._changed.notify()
        return future

    def wake(self) -> None:
        """A frame waits."""
        with self._changed:
            self._changed.notify()

    def add(self, stream: Stream) -> None:
        with self._changed:
            self._streams.append(stream)
            self._changed.notify()

    def remove(self, stream: Stream) -> None:
        """The frame in work is finished, no other is begun."""
        with self._changed:
            if stream in self._streams:
                self._streams.remove(stream)

    def close(self) -> None:
        """Finish the calls made so far, then end the thread; twice is harmless."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                streams, closing = self._waiting(), self._closing
                if not (self._calls or streams or closing):
                    self._calls.append(self._spare_calls.popleft())
            self._do_calls()
            if closing:
                break
            self._do_frames(streams)
            streams.clear()  # a stream that was closed must not live on here
        for call in self._spare_calls:
            call.future.cancel()

    def _has_work(self) -> bool:
        return bool(self._calls or self._spare_calls or self._closing or self._waiting())

    def _do_calls(self) -> None:
        with self._changed:
            number = len(self._calls)
        for _ in range(number):
            self._calls.popleft().run()

    def _forget_cancelled(self) -> None:
        waiting = [call for call in self._spare_calls if not call.future.cancelled()]
        self._spare_calls = deque(waiting)

    def _waiting(self) -> list[Stream]:
        """Streams with a frame, in an order that lets each be first in turn."""
        ready = [stream for stream in self._streams if stream.ready()]
        first = self._turn % len(ready) if ready else 0
        return ready[first:] + ready[:first]

    def _do_frames(self, streams: list[Stream]) -> None:
        self._turn += 1
        start = time.monotonic()
        for stream in streams:
            if stream in self._streams:
                try:
                    stream.work()
                except Exception:
                    logger.exception("a stream failed outside its own care")
        self.busy_s += time.monotonic() - start


@dataclass(frozen=True, slots=True)
class _Call:
    """A function that waits for the device thread."""

    future: "Future[Any]"
    """Takes what the function returns or raises."""
    function: Callable[[], Any]
    """What is to be run."""

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.function())
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller
            self.future.set_exception(error)
