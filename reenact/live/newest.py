"""A box with one slot, where the newest item wins: the only kind of queue on the live path."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Keeps the last item put, until it is taken. All methods may be called from any thread."""

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        """wake: called after each put, on the putting thread; it must not block."""
        self._changed = threading.Condition()
        self._item: T | None = None
        self._wake = wake
        self.dropped = 0
        """Items that were overwritten before anyone took them."""

    def __len__(self) -> int:
        """0 or 1."""
        return int(self._item is not None)

    def put(self, item: T) -> None:
        """Offer `item`; one that still waits is dropped, and counted."""
        with self._changed:
            self.dropped += self._item is not None
            self._item = item
            self._changed.notify()
        if self._wake is not None:
            self._wake()

    def take(self, timeout_s: float = 0.0) -> T | None:
        """The newest item, once; None when none comes within `timeout_s`."""
        with self._changed:
            if timeout_s > 0:
                self._changed.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            return item
