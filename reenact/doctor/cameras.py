"""Checks of cameras: those that see the driver, and virtual ones that show the pictures."""

import os
import platform
from pathlib import Path

from reenact.doctor.checks import CheckFailed
from reenact.webcam.cameras import Camera, explain_sending, list_cameras

_LISTS_CAMERAS = "Linux"
"""The only system that lists its cameras without opening them."""


def check_cameras(folder: Path | None = None) -> str:
    """Name the cameras. Raises CheckFailed when there is none that this user may open.

    folder: of the devices; the system's when None.
    """
    if folder is None and platform.system() != _LISTS_CAMERAS:
        return f"{platform.system()} does not list them; camera 0 is the first"
    found = [camera for camera in _all(folder) if not camera.virtual]
    if not found:
        raise CheckFailed("none is plugged in; a file or a browser's camera serves as well")
    closed = [camera.device for camera in found if not _may_open(camera)]
    if closed:
        raise CheckFailed(
            f"you may not open {', '.join(closed)}: sudo usermod -aG video $USER, then log in anew"
        )
    return ", ".join(f"{camera.device} ({camera.name})" for camera in found)


def check_virtual_camera(folder: Path | None = None) -> str:
    """Name the virtual cameras. Raises CheckFailed when nothing can be sent to a video call."""
    missing = explain_sending()
    if missing is not None:
        raise CheckFailed(missing)
    names = ", ".join(
        f"{camera.device} ({camera.name})" for camera in _all(folder) if camera.virtual
    )
    return names or "OBS Virtual Camera"


def _all(folder: Path | None) -> list[Camera]:
    return list_cameras() if folder is None else list_cameras(folder)


def _may_open(camera: Camera) -> bool:
    path = Path(camera.device)
    return not path.exists() or os.access(path, os.R_OK | os.W_OK)
