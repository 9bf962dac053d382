"""Cameras to be driven by and to be shown on."""

import os
import platform
from pathlib import Path

from reenact.doctor.checks import CheckFailed
from reenact.webcam.cameras import Camera, cameras, how_to_send

_TELLS = "Linux"
"""The system that lists its cameras without opening them."""


def check_cameras(folder: Path | None = None) -> str:
    """Name them; one that this user may not open is a finding. folder: the system's if None."""
    if folder is None and platform.system() != _TELLS:
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
    """Whether pictures can be sent to a video call; what is missing is a finding."""
    missing = how_to_send()
    if missing is not None:
        raise CheckFailed(missing)
    names = ", ".join(
        f"{camera.device} ({camera.name})" for camera in _all(folder) if camera.virtual
    )
    return names or "OBS Virtual Camera"


def _all(folder: Path | None) -> list[Camera]:
    return cameras() if folder is None else cameras(folder)


def _may_open(camera: Camera) -> bool:
    path = Path(camera.device)
    return not path.exists() or os.access(path, os.R_OK | os.W_OK)
