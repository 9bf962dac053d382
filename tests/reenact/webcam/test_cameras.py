"""reenact/webcam/cameras.py: which devices there are, told from the system's own folder."""

from pathlib import Path

from reenact.webcam.cameras import Camera, list_cameras


def add_device(root: Path, number: int, name: str, *, home: str, index: int = 0) -> None:
    device = root / "devices" / home / f"video{number}"
    device.mkdir(parents=True)
    (device / "name").write_text(f"{name}\n")
    (device / "index").write_text(f"{index}\n")
    folder = root / "class"
    folder.mkdir(exist_ok=True)
    (folder / device.name).symlink_to(device)


def test_real_and_virtual_cameras_are_told_apart_in_order(tmp_path: Path) -> None:
    add_device(tmp_path, 10, "reenact (AI)", home="virtual/video4linux")
    add_device(tmp_path, 2, "Webcam", home="pci0/usb1")
    add_device(tmp_path, 3, "Webcam", home="pci0/usb1", index=1)  # its metadata

    assert list_cameras(tmp_path / "class") == [
        Camera("/dev/video2", "Webcam", virtual=False),
        Camera("/dev/video10", "reenact (AI)", virtual=True),
    ]


def test_a_system_without_that_folder_has_none(tmp_path: Path) -> None:
    assert list_cameras(tmp_path / "nothing") == []
