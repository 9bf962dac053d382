"""reenact/webcam/camera.py: which camera is meant, and what it is asked for."""

import platform

import cv2
import pytest

from reenact.errors import MediaError
from reenact.webcam.camera import CaptureWish, OpenCvCapture, choose_camera
from reenact.webcam.cameras import Camera

FOUND = [
    Camera("/dev/video1", "reenact (AI)", virtual=True),
    Camera("/dev/video2", "Integrated Webcam", virtual=False),
    Camera("/dev/video12", "Logitech BRIO", virtual=False),
]


@pytest.mark.parametrize(
    ("which", "device"),
    [
        (None, "/dev/video2"),
        ("12", "/dev/video12"),
        ("1", "/dev/video1"),
        ("/dev/video12", "/dev/video12"),
        ("brio", "/dev/video12"),
    ],
    ids=["first real one", "number", "virtual one by number", "path", "part of the name"],
)
def test_camera_is_chosen(which: str | None, device: str) -> None:
    assert choose_camera(which, FOUND).device == device


def test_unknown_camera_is_answered_with_those_there_are() -> None:
    with pytest.raises(MediaError, match=r"no camera '7': .*/dev/video2 Integrated Webcam, .*BRIO"):
        choose_camera("7", FOUND)


def test_no_camera_at_all_is_one_sentence() -> None:
    with pytest.raises(MediaError, match="there is no camera here: plug one in"):
        choose_camera(None, FOUND[:0])


def test_a_virtual_camera_is_not_taken_unasked() -> None:
    with pytest.raises(MediaError, match=r"/dev/video1 reenact \(AI\) \(virtual\)"):
        choose_camera(None, FOUND[:1])


def test_numbers_are_believed_where_the_system_tells_nothing() -> None:
    assert choose_camera("3", [], is_told=False).device == "3"
    with pytest.raises(MediaError, match="give 0, 1"):
        choose_camera("brio", [], is_told=False)


@pytest.mark.parametrize(
    ("wish", "compressed"),
    [
        (CaptureWish(480, 640, 30), False),
        (CaptureWish(480, 640, 60), True),
        (CaptureWish(720, 1280, 30), True),
    ],
    ids=str,
)
def test_motion_jpeg_is_asked_for_where_raw_pictures_do_not_fit(
    wish: CaptureWish, compressed: bool
) -> None:
    assert (cv2.CAP_PROP_FOURCC in wish.properties()[:1]) is compressed


@pytest.mark.skipif(platform.system() != "Linux", reason="devices are files on Linux only")
def test_device_that_gives_nothing_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MediaError, match=r"/dev/null Broken is busy or gives no picture: close"):
        OpenCvCapture(Camera("/dev/null", "Broken", virtual=False), CaptureWish())

    assert capfd.readouterr() == ("", "")
