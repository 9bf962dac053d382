"""The device thread: it owns every net and every pipeline that runs on one device."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from server.streams.stream import Stream

logger = logging.getLogger(__name__)

T = TypeVar("T")


class DeviceThread:
    """Runs calls in order, and one frame of every stream that has one, in turns.

    `call`, `wake`, `add` and `remove` may be used from any thread.
    """

    def __init__(self, name: str = "device") -> None:
        self._streams: list[Stream] = []
        self._calls: deque[Callable[[], None]] = deque()
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
            self._calls.append(lambda: _settle(future, function))
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
                self._changed.wait_for(lambda: self._calls or self._closing or self._waiting())
                calls, streams = list(self._calls), self._waiting()
                self._calls.clear()
                closing = self._closing
            for call in calls:
                call()
            if closing:
                return
            self._do_frames(streams)

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


def _settle(future: "Future[Any]", function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except BaseException as error:  # noqa: BLE001 - it belongs to the caller
        future.set_exception(error)
