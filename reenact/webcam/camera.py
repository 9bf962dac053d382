"""A local camera, opened by OpenCV: the choice of one, its format, and why it gives no picture."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from reenact.errors import MediaError
from reenact.types import Image
from reenact.webcam.cameras import Camera, list_cameras

RAW_BYTES_PER_S = 24e6
"""Raw pictures that USB 2 carries at best, bytes a second; above it, Motion JPEG is asked for."""

_RAW_BYTES_PER_PIXEL = 2  # YUYV
_BACKENDS = {
    "Linux": cv2.CAP_V4L2,
    "Darwin": cv2.CAP_AVFOUNDATION,
    "Windows": cv2.CAP_DSHOW,
}
_PERMISSION = {
    "Darwin": "allow your terminal to use it in System Settings, Privacy & Security, Camera",
    "Windows": "allow desktop apps to use it in Settings, Privacy & security, Camera",
}


class Capture(Protocol):
    """An opened camera. All calls from one thread."""

    def read(self) -> Image | None:
        """Waits for the next picture; None when the camera is gone."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CaptureWish:
    """Format that a camera is asked for. What it really gives is measured, not believed."""

    height: int = 480
    """Rows of a picture."""
    width: int = 640
    """Columns of a picture."""
    fps: float = 30.0
    """Pictures a second."""

    @property
    def compressed(self) -> bool:
        """Whether raw pictures of this size and rate would not fit through the cable."""
        raw = self.height * self.width * self.fps * _RAW_BYTES_PER_PIXEL
        return raw > RAW_BYTES_PER_S

    def properties(self) -> list[int]:
        """Properties and values, for cv2.VideoCapture; the format first, as sizes depend on it."""
        wish = [cv2.CAP_PROP_FRAME_WIDTH, self.width, cv2.CAP_PROP_FRAME_HEIGHT, self.height]
        wish += [cv2.CAP_PROP_FPS, round(self.fps)]
        if self.compressed:
            wish = [cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"), *wish]
        return wish


class OpenCvCapture:
    """A camera device, opened by OpenCV."""

    def __init__(self, camera: Camera, wish: CaptureWish) -> None:
        """Raises MediaError when it gives no picture."""
        # OpenCV's own words on a failure are said better below.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        backend = _BACKENDS.get(platform.system(), cv2.CAP_ANY)
        number = int(camera.device) if camera.device.isdigit() else camera.device
        self._device = cv2.VideoCapture()
        # Not by the constructor: not every camera takes properties there.
        if not self._device.open(number, backend):
            raise MediaError(_why_closed(camera))
        wanted = wish.properties()
        for name, value in zip(wanted[::2], wanted[1::2], strict=True):
            self._device.set(name, value)
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if self.read() is None:  # another program's camera may open, but gives nothing
            self.close()
            raise MediaError(_why_closed(camera))

    def read(self) -> Image | None:
        whole, picture = self._device.read()
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8) if whole else None

    def close(self) -> None:
        self._device.release()


def open_camera(which: str | None, wish: CaptureWish) -> Capture:
    """Open the camera that `which` names, the first real one when None. Raises MediaError."""
    return OpenCvCapture(choose_camera(which, list_cameras(), is_told=_tells_cameras()), wish)


def choose_camera(which: str | None, found: Sequence[Camera], *, is_told: bool = True) -> Camera:
    """The camera of that number or path, or with that in its name; the first real one when None.

    is_told: whether the system says which there are; else only numbers can be meant. Raises
    MediaError that names those there are.
    """
    if not is_told:
        if which is not None and not which.isdigit():
            raise MediaError(f"cameras have numbers on this system, got {which!r}; give 0, 1, ...")
        return Camera(which or "0", f"camera {which or 0}", virtual=False)
    chosen = next((camera for camera in found if _is_meant(which, camera)), None)
    if chosen is None:
        wanted = "no camera here" if which is None else f"no camera {which!r}"
        raise MediaError(f"there is {wanted}: {_what_there_is(found)}")
    return chosen


def describe(camera: Camera) -> str:
    """A camera's line in a list."""
    return f"{camera.device} {camera.name}{' (virtual)' if camera.virtual else ''}"


def _is_meant(which: str | None, camera: Camera) -> bool:
    if which is None:
        return not camera.virtual
    if which.isdigit():
        return camera.device == f"/dev/video{which}"
    if which.startswith("/"):
        return Path(camera.device) == Path(which).resolve()
    return which.lower() in camera.name.lower()


def _what_there_is(found: Sequence[Camera]) -> str:
    if not found:
        return "plug one in, or give a video with --source FILE"
    return f"choose one of {', '.join(map(describe, found))} with --camera"


def _tells_cameras() -> bool:
    return platform.system() == "Linux"


def _why_closed(camera: Camera) -> str:
    path, system = Path(camera.device), platform.system()
    if system in _PERMISSION:
        remedy = f"close the program that uses it, or {_PERMISSION[system]}"
        return f"{camera.name} gives no picture: {remedy}"
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return f"{describe(camera)} may not be opened: sudo usermod -aG video $USER, log in again"
    return f"{describe(camera)} is busy or gives no picture: close the program that uses it"
