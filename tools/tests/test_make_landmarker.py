"""tools/make_landmarker.py: only the pinned wheel will do, and it gives the vendored nets again."""

import zipfile
from pathlib import Path

import pytest

from reenact.packs.bundled import FACE_DETECTOR, FACE_LANDMARKS
from tools.make_landmarker import DETECTOR, MESH, WHEEL, make_nets

GOLDEN = Path(__file__).parents[2] / "tests" / "golden"


def write_wheel(folder: Path, detector: bytes, mesh: bytes) -> Path:
    wheel = folder / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(DETECTOR, detector)
        archive.writestr(MESH, mesh)
    return wheel


def test_wheel_with_other_nets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"must have SHA-256 .*; use {WHEEL}"):
        make_nets(write_wheel(tmp_path, b"other", b"other"))


def test_vendored_nets_are_what_the_tool_makes_to_the_byte(tmp_path: Path) -> None:
    nets = [(GOLDEN / Path(name).name).read_bytes() for name in (DETECTOR, MESH)]

    assert make_nets(write_wheel(tmp_path, *nets)) == {
        path.name: path.read_bytes() for path in (FACE_DETECTOR, FACE_LANDMARKS)
    }
