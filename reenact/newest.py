"""A box with one slot: the newest item wins. The only kind of queue between a camera and a sink."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Keeps the last item put, until it is taken. All methods may be called from any thread.

    dropped: how many items were overwritten before anyone took them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self.dropped = 0

    def put(self, item: T) -> None:
        """Offer `item`; one that still waits is dropped, and counted."""
        with self._changed:
            self.dropped += self._item is not None
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float = 0.0) -> T | None:
        """The newest item, once; None when none comes within `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            return item
