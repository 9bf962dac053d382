"""Conversion between video frames (I420, BT.601, limited range) and pictures, by OpenCV.

It takes 0.2 to 0.5 ms; PyAV's own takes five times as long, starts threads, and tints grey.
"""

from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from reenact.types import Image
from server.webrtc.delay_code import BLACK, ROWS, Plane, draw

Yuv = npt.NDArray[np.uint8]
"""(H * 3 / 2, W): the luma plane, then both chroma planes at half size, as they lie in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A generated picture on its way out."""

    yuv: Yuv
    """The picture as the encoders take it, (768, 512)."""
    arrived: float
    """When the driver's frame came from which it was made, by time.monotonic()."""
    number: int | None = None
    """Number that the delay code of that frame showed; None when it showed none."""


_PLANAR = {"yuv420p", "yuvj420p"}
_GREY = 128


def yuv_of(frame: "av.VideoFrame") -> Yuv:
    """The frame's planes, scaled by a pixel where a side is odd."""
    if frame.format.name not in _PLANAR or frame.width % 2 or frame.height % 2:
        size = {"width": frame.width & ~1, "height": frame.height & ~1}
        frame = frame.reformat(format="yuv420p", **size)
    planes: Any = frame.to_ndarray()
    return np.asarray(planes, np.uint8)


def luma(yuv: Yuv) -> Plane:
    """The luma plane, (H, W)."""
    return yuv[: yuv.shape[0] * 2 // 3]


def rgb_of(yuv: Yuv) -> Image:
    """The picture of the planes, (H, W, 3) RGB."""
    return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420), np.uint8)


def yuv_of_picture(picture: Image) -> Yuv:
    """The planes of a picture, (H, W, 3) RGB with even sides."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)


def add_code(yuv: Yuv, number: int | None) -> Yuv:
    """The picture with a strip above it that shows `number`, or is black when that is None."""
    width = yuv.shape[1]
    rows = yuv.shape[0] * 2 // 3
    strip = np.full((ROWS, width), BLACK, np.uint8) if number is None else draw(number, width)
    chroma = np.full(ROWS * width // 4, _GREY, np.uint8)
    blue, red = np.split(yuv[rows:].reshape(-1), 2)
    parts = [strip.reshape(-1), yuv[:rows].reshape(-1), chroma, blue, chroma, red]
    return np.concatenate(parts).reshape(-1, width)


def video_frame(yuv: Yuv) -> "av.VideoFrame":
    """A new frame of the planes, since encoding a frame rewrites its stamps."""
    return av.VideoFrame.from_ndarray(yuv, format="yuv420p")
