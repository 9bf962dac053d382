"""The tool's parts that need no wheel, and what it made; with the wheel, that it makes it again."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from reenact.packs.bundled import LANDMARKER
from tools.make_landmarker import (
    DETECTOR,
    IRIS_DEPTH,
    MESH,
    REFINED,
    WHEEL,
    gather_indices,
    make_bundle,
)

WHEEL_FILE = os.environ.get("REENACT_MEDIAPIPE_WHEEL")


def test_every_coordinate_is_taken_from_one_place() -> None:
    indices = gather_indices()

    assert indices.shape == (478 * 3,)
    flat = indices.reshape(478, 3)[:, :2]
    assert len(np.unique(flat)) == flat.size


def test_refined_points_lie_behind_the_mesh_in_their_order() -> None:
    taken = gather_indices().reshape(478, 3)
    lips, left_eye = ([int(i) for i in points.split()] for _, points in REFINED[:2])

    np.testing.assert_array_equal(taken[lips, 0], 1404 + 2 * np.arange(80))
    np.testing.assert_array_equal(taken[left_eye, 1], 1404 + 160 + 1 + 2 * np.arange(71))
    np.testing.assert_array_equal(taken[468:, 0], 1404 + 160 + 2 * 142 + 2 * np.arange(10))


def test_depth_is_the_meshs_own_and_that_of_a_lid_for_irises() -> None:
    depth = gather_indices().reshape(478, 3)[:, 2]

    np.testing.assert_array_equal(depth[:468], 3 * np.arange(468) + 2)
    for iris, lid in IRIS_DEPTH.items():
        assert (depth[iris : iris + 5] == 3 * lid + 2).all()


def test_vendored_bundle_holds_its_three_nets_uncompressed() -> None:
    with zipfile.ZipFile(LANDMARKER) as archive:
        members = {info.filename: info.compress_type for info in archive.infolist()}

    assert members == {
        "face_detector.tflite": zipfile.ZIP_STORED,
        "face_landmarks_detector.tflite": zipfile.ZIP_STORED,
        "fixed_face_detector.tflite": zipfile.ZIP_STORED,
    }


def test_wheel_with_other_nets_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(DETECTOR, b"other")
        archive.writestr(MESH, b"other")

    with pytest.raises(ValueError, match=rf"must have SHA-256 .*; use {WHEEL}"):
        make_bundle(wheel)


@pytest.mark.weights
@pytest.mark.skipif(WHEEL_FILE is None, reason=f"REENACT_MEDIAPIPE_WHEEL names no {WHEEL} wheel")
def test_vendored_bundle_is_what_the_tool_makes() -> None:
    assert make_bundle(Path(str(WHEEL_FILE))) == LANDMARKER.read_bytes()
