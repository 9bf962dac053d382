"""A thread of its own for one part of a live run: camera, pipeline or sink."""

import threading
from abc import ABC, abstractmethod


class PartThread(ABC):
    """Runs `work` until it returns or raises, or `close` is called."""

    def __init__(self, name: str, *, close_s: float) -> None:
        """close_s: seconds that `close` waits for the thread, which may hang in a driver."""
        self.error: BaseException | None = None
        """Why it ended, if not by `close`; the run's owner raises it again."""
        self._close_s = close_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def work(self) -> None:
        """Do the part's work, on its thread, until `_stop` is set."""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread; twice is harmless."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self._close_s)

    def _run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - kept for the owner, whatever it is
            self.error = error
