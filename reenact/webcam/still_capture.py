"""A picture file in place of a camera: a driver who does not move."""

import threading
from pathlib import Path

from reenact.media.pictures import read_picture
from reenact.types import Image


class StillCapture:
    """Gives the same picture at the rate of a camera."""

    def __init__(self, path: Path, fps: float) -> None:
        """Raises MediaError when `path` is no picture."""
        self._picture, self._step_s = read_picture(path), 1 / fps
        self._closed = threading.Event()

    def read(self) -> Image | None:
        self._closed.wait(self._step_s)
        return self._picture

    def close(self) -> None:
        self._closed.set()
