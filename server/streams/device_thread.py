"""The thread of one device: it owns every net and every pipeline that runs there."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Job(Protocol):
    """A stream, as the worker sees it."""

    def ready(self) -> bool:
        """Whether a frame waits. Any thread."""

    def work(self) -> None:
        """Do one frame, on the worker's thread. Must not raise."""


class DeviceThread:
    """Runs calls in order, and one frame of every stream that has one, in turns.

    `call`, `wake`, `add` and `remove` may be used from any thread.
    """

    def __init__(self, name: str = "device") -> None:
        self._jobs: list[Job] = []
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
        """Run `function` on the worker's thread, before the next frames."""
        future: Future[T] = Future()
        with self._changed:
            if self._closing:
                future.set_exception(RuntimeError("the worker is closed"))
                return future
            self._calls.append(lambda: _settle(future, function))
            self._changed.notify()
        return future

    def wake(self) -> None:
        """A frame waits."""
        with self._changed:
            self._changed.notify()

    def add(self, job: Job) -> None:
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def remove(self, job: Job) -> None:
        """The frame in work is finished, no other is begun."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

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
                calls, jobs = list(self._calls), self._waiting()
                self._calls.clear()
                closing = self._closing
            for call in calls:
                call()
            if closing:
                return
            self._do_frames(jobs)

    def _waiting(self) -> list[Job]:
        """Streams with a frame, in an order that lets each be first in turn."""
        ready = [job for job in self._jobs if job.ready()]
        first = self._turn % len(ready) if ready else 0
        return ready[first:] + ready[:first]

    def _do_frames(self, jobs: list[Job]) -> None:
        self._turn += 1
        start = time.monotonic()
        for job in jobs:
            if job in self._jobs:
                try:
                    job.work()
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
