"""reenact/face/face_detector.py: the faces that MediaPipe's own run of the net finds."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from reenact.face.face_detector import SIDE, FaceDetector
from reenact.packs.bundled import FACE_DETECTOR
from reenact.types import Image
from tests.support.mediapipe_nets import MediapipeNets


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(FACE_DETECTOR)


@pytest.fixture(scope="module")
def mediapipe() -> Iterator[MediapipeNets]:
    with MediapipeNets() as nets:
        yield nets


def scene(*faces: tuple[float, float, float, float]) -> Image:
    """The photograph's face at each (x, y), `size` high and turned by degrees, on grey."""
    canvas = np.full((SIDE, SIDE, 3), 90, np.uint8)
    head = np.ascontiguousarray(astronaut()[:256, 96:352])
    for x, y, size, degrees in faces:
        matrix = cv2.getRotationMatrix2D((128, 128), degrees, size / 256)
        matrix[:, 2] += np.array([x, y]) - 128
        cut = cv2.warpAffine(head, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA)
        mask = cv2.warpAffine(np.ones((256, 256), np.uint8), matrix, (SIDE, SIDE))
        canvas = np.where(mask[:, :, None] > 0, cut, canvas).astype(np.uint8)
    return canvas


@pytest.mark.parametrize(
    "picture",
    [
        scene((64, 64, 128, 0)),
        scene((40, 70, 60, 12)),
        scene((80, 50, 90, -25)),
        scene((34, 64, 60, 0), (94, 64, 64, 8)),
        scene((10, 20, 90, 0)),
        scene(),
    ],
    ids=["large", "small", "turned", "two", "cut off", "none"],
)
def test_faces_are_those_of_mediapipe(
    picture: Image, detector: FaceDetector, mediapipe: MediapipeNets
) -> None:
    ours, theirs = detector.find(picture), mediapipe.find(picture)

    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-4)
        np.testing.assert_array_equal(one.box, other.box)
        np.testing.assert_allclose(one.eyes, other.eyes, atol=1e-2)


def test_the_scenes_show_what_they_are_called(detector: FaceDetector) -> None:
    assert len(detector.find(scene((64, 64, 128, 0)))) == 1
    assert len(detector.find(scene((34, 64, 60, 0), (94, 64, 64, 8)))) == 2
    assert detector.find(scene()) == []
