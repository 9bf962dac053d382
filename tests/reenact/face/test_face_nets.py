"""reenact/face/face_nets.py: only whole nets of the right kind are opened."""

from pathlib import Path

import numpy as np
import pytest

from reenact.errors import TrackerError
from reenact.face import face_nets
from reenact.face.face_nets import SHA256, FaceNets, check_bundled
from reenact.packs.bundled import DEFAULT_PACK, FACE_DETECTOR
from tests.support.mediapipe_bundle import zip_nets


@pytest.mark.parametrize("path", SHA256, ids=lambda path: path.name)
def test_pinned_hash_is_that_of_the_bundled_file(path: Path) -> None:
    assert check_bundled(path) == path


def test_damaged_bundled_net_is_refused_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "face_detector.onnx"
    damaged.write_bytes(FACE_DETECTOR.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(face_nets, "SHA256", {damaged: SHA256[FACE_DETECTOR]})

    with pytest.raises(TrackerError, match=f"SHA-256 {SHA256[FACE_DETECTOR]}, got .*: reinstall"):
        check_bundled(damaged)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"net\.onnx cannot be read \(No such file"),
        (b"no net", r"net\.onnx must be a face net as `reenact models landmarker` writes it"),
        (
            FACE_DETECTOR.read_bytes(),
            r"must have the tensors landmarks: float32 .* it is another net",
        ),
        (zip_nets({"a": b""}), r"translated once: reenact models landmarker .*net\.onnx"),
    ],
    ids=["missing", "no net", "another net", "a bundle"],
)
def test_unusable_landmarker_is_one_sentence(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    net = tmp_path / "net.onnx"
    if content is not None:
        net.write_bytes(content)

    with pytest.raises(TrackerError, match=message) as caught:
        FaceNets(net)
    assert "\n" not in str(caught.value)


def test_net_that_takes_no_picture_is_refused() -> None:
    with pytest.raises(TrackerError, match=r"must have the tensors picture: uint8"):
        FaceNets(DEFAULT_PACK / "motion.onnx")


def test_closing_one_leaves_the_others() -> None:
    one, other = FaceNets(), FaceNets()
    one.close()
    one.close()

    assert other.find(np.zeros((64, 64, 3), np.uint8), np.array([32.0, 32.0, 0.0, 64.0])) == []
