"""A box with one slot: the newest item wins. The only kind of queue on the live path."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Keeps the last item put, until it is taken. All methods may be called from any thread.

    put_count, dropped: how many items came, and how many of them were overwritten unread.
    """

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        """wake: called after each put, on the putting thread; it must not block."""
        self._wake = wake
        self._lock = threading.Lock()
        self._item: tuple[T, float] | None = None
        self.put_count = 0
        self.dropped = 0

    def __len__(self) -> int:
        """0 or 1."""
        return int(self._item is not None)

    @property
    def age_s(self) -> float:
        """How long the waiting item has waited; 0 when there is none."""
        item = self._item
        return 0.0 if item is None else time.monotonic() - item[1]

    def put(self, item: T) -> None:
        """Offer `item`; one that still waits is dropped, and counted."""
        with self._lock:
            self.dropped += self._item is not None
            self._item = (item, time.monotonic())
            self.put_count += 1
        if self._wake is not None:
            self._wake()

    def take(self) -> T | None:
        """The newest item, once; None when nothing new came."""
        with self._lock:
            item, self._item = self._item, None
        return None if item is None else item[0]
