"""Sinks of a live stream: the boundary, and the two that need no device."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from reenact.types import Image


class FrameSink(Protocol):
    """Takes pictures of one size. All calls come from one thread; what was opened is closed."""

    def open(self, size: tuple[int, int], fps: float) -> None:
        """size: (height, width), even. fps: pictures a second that will come, about."""
        ...

    def write(self, image: Image, time: float) -> None:
        """Show a picture. time: seconds since `open`."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class OutputFrame:
    """A picture that was made, on its way to the sinks."""

    image: Image
    """(H, W, 3) uint8 RGB."""
    taken: float | None
    """When the camera's frame came, by time.monotonic(); None for a picture without one."""


class NullSink:
    """Shows nothing, for measuring."""

    def open(self, size: tuple[int, int], fps: float) -> None:
        pass

    def write(self, image: Image, time: float) -> None:
        pass

    def close(self) -> None:
        pass


class MemorySink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.size: tuple[int, int] | None = None
        self.images: list[Image] = []
        self.times: list[float] = []
        self.closed = False

    def open(self, size: tuple[int, int], fps: float) -> None:
        self.size = size

    def write(self, image: Image, time: float) -> None:
        self.images.append(image)
        self.times.append(time)

    def close(self) -> None:
        self.closed = True


def fit_into(picture: Image, size: tuple[int, int] | None) -> Image:
    """`picture` in the middle of a black one of (height, width), as large as it fits; itself when
    that is its size, or None."""
    if size is None or picture.shape[:2] == size:
        return picture
    scale = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    height, width = (round(side * scale) for side in picture.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((*size, 3), np.uint8)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    canvas[top : top + height, left : left + width] = cv2.resize(
        picture, (width, height), interpolation=method
    )
    return canvas
