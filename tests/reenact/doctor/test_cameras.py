"""reenact/doctor/cameras.py: cameras as the system lists them, and what is missing for a call."""

import importlib.util
from pathlib import Path

import pytest

from reenact.doctor.cameras import check_cameras, check_virtual_camera
from reenact.doctor.checks import CheckFailed
from reenact.webcam.cameras import list_cameras
from tests.reenact.webcam.test_cameras import add_device


def test_cameras_are_named_without_the_virtual_ones(tmp_path: Path) -> None:
    add_device(tmp_path, 70, "Webcam", home="pci0/usb1")
    add_device(tmp_path, 71, "reenact (AI)", home="virtual/video4linux")

    assert check_cameras(tmp_path / "class") == "/dev/video70 (Webcam)"


def test_machine_without_a_camera_is_told_what_else_serves(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="none is plugged in; a file"):
        check_cameras(tmp_path / "class")


@pytest.mark.skipif(
    importlib.util.find_spec("pyvirtualcam") is not None and bool(list_cameras()),
    reason="this machine has a virtual camera",
)
def test_missing_virtual_camera_comes_with_the_command() -> None:
    with pytest.raises(CheckFailed, match=r"pip install 'reenact|modprobe v4l2loopback|OBS Studio"):
        check_virtual_camera()
