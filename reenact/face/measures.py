"""Measures of one face, free of its pose: the lengths and angles that an expression is read from.

Absolute numbers of this person in this frame; `reenact.face.comparison` compares them with the
person's neutral face. Lengths are in units of about the distance of the outer corners of the eyes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.face.head_pose import fit_head
from reenact.types import Points

IRIS_DEPTH = 0.3
"""Share that is kept of the iris' depth before its eye's corners; MediaPipe takes it from the lid.

With too much of it, or too little, a turn of the head reads as a gaze. Chosen by hand between what
is best for the photo puppet, 0.0, and for the drawn people, 0.7 (`tools/fit_expression.py`).
"""

EYES = tuple((lm.IRIS[side][0], lm.EYE_LINE[side]) for side in ("right", "left"))


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """One face in numbers; left and right are the subject's own."""

    yaw: float
    """Radians, positive to the image's right."""
    pitch: float
    """Radians, positive with the chin up."""
    roll: float
    """Radians, positive with the top of the head tilted to the image's right."""
    eye_left: float
    """Height of the left eye's opening."""
    eye_right: float
    """Height of the right eye's opening."""
    lips: float
    """Gap between the inner lips."""
    mouth: float
    """Distance of the mouth's corners."""
    corners: float
    """Height of the mouth's corners above the middle of the lips."""
    brow_left: float
    """Height of the left brow above the corners of its eye."""
    brow_right: float
    """Height of the right brow above the corners of its eye."""
    brow_tilt: float
    """Height of the inner ends of the brows above the outer ones."""
    between_brows: float
    """Distance of the inner ends of the brows."""
    gaze_x_left: float
    """Way of the left iris from its eye's middle to the image's right, in eye widths."""
    gaze_x_right: float
    """Way of the right iris from its eye's middle to the image's right, in eye widths."""
    gaze_y_left: float
    """Way of the left iris from its eye's middle upwards, in eye widths."""
    gaze_y_right: float
    """Way of the right iris from its eye's middle upwards, in eye widths."""

    @classmethod
    def of_numbers(cls, numbers: Sequence[float]) -> Self:
        """The reverse of `numbers`."""
        return cls(*(float(number) for number in numbers))

    def numbers(self) -> npt.NDArray[np.float64]:
        """All fields in their order, (16,)."""
        return np.array([getattr(self, name) for name in self.__slots__])


def measure(landmarks: Points) -> FaceMeasures:
    """Measures (478, 3) MediaPipe points in pixels; ValueError for another number of points."""
    head = fit_head(_with_flatter_irises(landmarks))
    points = head.points
    gaze_right, gaze_left = (_gaze(points, *eye) for eye in EYES)
    mouth = list(lm.MOUTH_CORNERS.values())
    lips = [index for pair in lm.INNER_LIP_PAIRS for index in pair]
    inner, outer = ([*brow["right"], *brow["left"]] for brow in (lm.INNER_BROW, lm.OUTER_BROW))
    return FaceMeasures(
        yaw=head.yaw,
        pitch=head.pitch,
        roll=head.roll,
        eye_left=_drop(points, lm.LID_PAIRS["left"]),
        eye_right=_drop(points, lm.LID_PAIRS["right"]),
        lips=_drop(points, lm.INNER_LIP_PAIRS),
        mouth=float(np.linalg.norm(np.subtract(*points[mouth]))),
        corners=_height(points, mouth) - _height(points, lips),
        brow_left=_height(points, lm.UPPER_BROW["left"]) - _height(points, lm.EYE_LINE["left"]),
        brow_right=_height(points, lm.UPPER_BROW["right"]) - _height(points, lm.EYE_LINE["right"]),
        brow_tilt=_height(points, inner) - _height(points, outer),
        between_brows=_across(points, lm.INNER_BROW),
        gaze_x_left=gaze_left[0],
        gaze_x_right=gaze_right[0],
        gaze_y_left=gaze_left[1],
        gaze_y_right=gaze_right[1],
    )


def _with_flatter_irises(landmarks: Points) -> Points:
    points = landmarks.copy()
    for iris, corners in EYES:
        eye = landmarks[list(corners), 2].mean()
        points[iris, 2] = eye + IRIS_DEPTH * (landmarks[iris, 2] - eye)
    return points


def _height(points: Points, indices: Sequence[int]) -> float:
    return -float(points[list(indices), 1].mean())


def _drop(points: Points, pairs: Sequence[tuple[int, int]]) -> float:
    upper, lower = zip(*pairs, strict=True)
    return _height(points, upper) - _height(points, lower)


def _across(points: Points, sides: Mapping[str, Sequence[int]]) -> float:
    """Distance from the subject's right to the left, from the picture's left to its right."""
    return float(points[list(sides["left"]), 0].mean() - points[list(sides["right"]), 0].mean())


def _gaze(points: Points, iris: int, corners: tuple[int, int]) -> tuple[float, float]:
    """(x, y) of the iris in the eye's own frame, as seen from before the face."""
    first, last = points[list(corners)]
    middle, width = (first + last) / 2, float(np.hypot(*(last - first)[:2]))
    across = (last - first)[:2] / width
    offset = points[iris] - middle
    return float(offset[:2] @ across) / width, float(offset[:2] @ [across[1], -across[0]]) / width
