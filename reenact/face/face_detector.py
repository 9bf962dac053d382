"""MediaPipe's short-range face detector: the faces in a small picture.

All that MediaPipe's graph does around the net is here: where its anchors lie, what its numbers
mean, and how the many boxes round one face become one (`face_detector_graph.cc`).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.base import TensorSpec
from reenact.face.open_net import open_net
from reenact.types import Image, Points

SIDE = 128
"""Side of the picture that the net takes, in pixels."""

_STRIDES = ((8, 2), (16, 6))
"""Pixels between anchors, and how many lie in one place: 16 x 16 x 2 and 8 x 8 x 6."""

LEAST_SCORE = 0.5
"""Below it, a box counts for nothing."""

_SAME_FACE = 0.3
"""Overlap, intersection over union, above which two boxes are of one face."""

_LEAST_AREA = 1e-9
"""Square pixels; two boxes without an area do not overlap."""

_HIGHEST_LOGIT = 100.0
"""Where the net's scores are cut off, so that their exponential stays finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face in a picture."""

    score: float
    """How sure the net is, 0.5 to 1."""
    box: npt.NDArray[np.float64]
    """(4,): left, top, width and height of the face, in whole pixels; left and top are inside."""
    eyes: Points
    """(2, 2): the right and the left eye of the face, in pixels."""


class FaceDetector:
    """The net, ready to run. All calls from one thread; call `close` at the end."""

    def __init__(self, path: Path) -> None:
        """Raises TrackerError when the file is no face detector."""
        anchors = _anchors()
        self._anchors = anchors
        self._net = open_net(
            path,
            [TensorSpec("picture", (1, SIDE, SIDE, 3), "uint8")],
            [
                TensorSpec("boxes", (1, len(anchors), 16), "float32"),
                TensorSpec("scores", (1, len(anchors), 1), "float32"),
            ],
        )

    def find(self, picture: Image) -> list[Detection]:
        """The faces in a (128, 128, 3) picture, the surest first."""
        found = self._net(picture=picture[None])
        logits = np.clip(found["scores"][0, :, 0], -_HIGHEST_LOGIT, _HIGHEST_LOGIT)
        scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
        likely = np.flatnonzero(scores >= LEAST_SCORE)
        values = found["boxes"][0, likely].astype(np.float64)
        middles, sizes = values[:, :2] + self._anchors[likely], values[:, 2:4]
        eyes = values[:, 4:8].reshape(-1, 2, 2) + self._anchors[likely, None]
        boxes = np.hstack([middles - sizes / 2, middles + sizes / 2])
        whole = (sizes >= 0).all(axis=1)
        return _join(scores[likely][whole], boxes[whole], eyes[whole])

    def close(self) -> None:
        """Free the net; twice does no harm."""
        self._net.close()


def _anchors() -> Points:
    """(896, 2): the middle of each anchor in pixels, in the order of the net's outputs."""
    middles = []
    for stride, count in _STRIDES:
        steps = np.arange(stride / 2, SIDE, stride)
        y, x = np.meshgrid(steps, steps, indexing="ij")
        middles.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(middles)


def _join(
    scores: npt.NDArray[np.float64], boxes: npt.NDArray[np.float64], eyes: npt.NDArray[np.float64]
) -> list[Detection]:
    """One detection for each face: the mean of its boxes, weighted by their scores."""
    faces = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best = left[0]
        same = _overlaps(boxes[best], boxes[left]) > _SAME_FACE
        same[0] = True  # a box without any area does not overlap even itself
        face, left = left[same], left[~same]
        weights = scores[face] / scores[face].sum()
        box, both = weights @ boxes[face], np.tensordot(weights, eyes[face], axes=1)
        faces.append(Detection(float(scores[best]), _report(box), both))
    return faces


def _report(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The box as MediaPipe's face detector reports it, upon which our windows were tuned."""
    reported = np.trunc([*box[:2], *(box[2:] - box[:2])])
    return np.array([*np.maximum(reported[:2], 0), *reported[2:]])


def _overlaps(
    box: npt.NDArray[np.float64], boxes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Intersection over union of a box with each of (N, 4) boxes."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + areas - shared
    return np.asarray(shared / np.maximum(union, _LEAST_AREA), np.float64)
