"""List of this machine's cameras, real and virtual, made without opening any of them."""

import os
import platform
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_V4L = Path("/sys/class/video4linux")

_OBS = (
    Path("/Applications/OBS.app"),
    Path(os.environ.get("PROGRAMFILES", "C:/Program Files")) / "obs-studio",
)
"""Where the program is installed that brings a virtual camera to macOS and Windows."""

_MAKE_VIRTUAL = {
    "Linux": "sudo apt-get install v4l2loopback-dkms && "
    "sudo modprobe v4l2loopback card_label='reenact (AI)' exclusive_caps=1",
    "Darwin": "install OBS Studio 30 or newer, open it and click 'Start Virtual Camera' once",
    "Windows": "install OBS Studio, open it and click 'Start Virtual Camera' once",
}


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera device."""

    device: str
    """Path or number that opens it."""
    name: str
    """Name that its driver gives it."""
    virtual: bool
    """Whether a program feeds it, as v4l2loopback's are."""


def list_cameras(folder: Path = _V4L) -> list[Camera]:
    """Every video device that Linux knows, by number; none on systems that do not tell."""
    found = [_camera(entry) for entry in folder.glob("video*") if _is_first(entry)]
    return sorted(found, key=lambda camera: (len(camera.device), camera.device))


def _is_first(entry: Path) -> bool:
    """Whether this is a camera's picture node; its others carry metadata."""
    index = entry / "index"
    return not index.exists() or index.read_text().strip() == "0"


def _camera(entry: Path) -> Camera:
    virtual = "/devices/virtual/" in str(entry.resolve())
    return Camera(f"/dev/{entry.name}", (entry / "name").read_text().strip(), virtual)


def explain_making() -> str:
    """What to do to get a virtual camera on this system."""
    return _MAKE_VIRTUAL.get(platform.system(), "this system knows none")


def explain_sending() -> str | None:
    """What is missing for feeding a virtual camera, with the command; None when nothing is."""
    system = platform.system()
    if find_spec("pyvirtualcam") is None:
        return "pyvirtualcam is not installed: pip install 'reenact[camera]'"
    if system in _MAKE_VIRTUAL and not _has_virtual(system):
        return f"there is no virtual camera: {explain_making()}"
    return None


def _has_virtual(system: str) -> bool:
    if system == "Linux":
        return any(camera.virtual for camera in list_cameras())
    return any(program.exists() for program in _OBS)
