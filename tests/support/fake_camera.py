"""A camera that does what a test says."""

from collections.abc import Callable, Iterable, Iterator

from reenact.types import Image


class FakeCapture:
    """Gives `pictures` one after the other, then is gone. before: called before each picture."""

    def __init__(
        self, pictures: Iterable[Image], before: Callable[[], object] = lambda: None
    ) -> None:
        self._pictures: Iterator[Image] = iter(pictures)
        self._before = before
        self.closed = False

    def read(self) -> Image | None:
        self._before()
        return next(self._pictures, None)

    def close(self) -> None:
        self.closed = True
