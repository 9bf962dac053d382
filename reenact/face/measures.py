"""Measures of one face, free of its pose: the lengths and angles that an expression is read from.

Absolute numbers of this person in this frame; `reenact.face.comparison` compares them with the
person's neutral face. Lengths are in units of about the distance of the outer corners of the eyes.
"""

from collections.abc import Callable, Mapping, Sequence
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

EYE_WIDTH = 0.31
"""Width of an eye of the template of `reenact.face.head_pose`."""

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
    cheek_left: float
    """Height of the left cheek above the corners of its eye, below zero."""
    cheek_right: float
    """Height of the right cheek above the corners of its eye, below zero."""
    lips: float
    """Gap between the inner lips."""
    mouth: float
    """Distance of the mouth's corners."""
    corner_left: float
    """Height of the mouth's left corner above the middle of the lips."""
    corner_right: float
    """Height of the mouth's right corner above the middle of the lips."""
    shift: float
    """Way of the mouth's middle from the middle of the face to the image's right."""
    nose_to_lip: float
    """Height of the skin between the nose and the upper lip."""
    chin: float
    """Height of the face from the chin to the nose."""
    red: float
    """Height of both lips' red together."""
    brow_left: float
    """Height of the left brow above the corners of its eye."""
    brow_right: float
    """Height of the right brow above the corners of its eye."""
    tilt_left: float
    """Height of the left brow's inner end above its outer one."""
    tilt_right: float
    """Height of the right brow's inner end above its outer one."""
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
        """All fields in their order, (24,)."""
        return np.array([getattr(self, name) for name in self.__slots__])


def measure(landmarks: Points) -> FaceMeasures:
    """Measures (478, 3) MediaPipe points in pixels; ValueError for another number of points."""
    head = fit_head(_with_flatter_irises(landmarks))
    points = head.points
    gaze_right, gaze_left = (_gaze(points, *eye) for eye in EYES)
    mouth = list(lm.MOUTH_CORNERS.values())
    lips = _height(points, [index for pair in lm.INNER_LIP_PAIRS for index in pair])
    edges = [_height(points, edge) for edge in (lm.UPPER_LIP_EDGE, lm.LOWER_LIP_EDGE)]
    gap, nose = _drop(points, lm.INNER_LIP_PAIRS), _height(points, [lm.NOSE_BASE])
    return FaceMeasures(
        yaw=head.yaw,
        pitch=head.pitch,
        roll=head.roll,
        **_each_side("eye", lambda side: _drop(points, lm.LID_PAIRS[side])),
        **_each_side("cheek", lambda side: _above_eye(points, [lm.CHEEKS[side]], side)),
        lips=gap,
        mouth=float(np.linalg.norm(np.subtract(*points[mouth]))),
        **_each_side("corner", lambda side: _height(points, [lm.MOUTH_CORNERS[side]]) - lips),
        shift=float(points[mouth, 0].mean()),
        nose_to_lip=nose - edges[0],
        chin=nose - _height(points, [lm.CHIN]),
        red=edges[0] - edges[1] - gap,
        **_each_side("brow", lambda side: _brow_height(points, side)),
        **_each_side("tilt", lambda side: _tilt(points, side)),
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


def _each_side(name: str, measure_side: Callable[[str], float]) -> dict[str, float]:
    return {f"{name}_{side}": measure_side(side) for side in lm.SIDES}


def _height(points: Points, indices: Sequence[int]) -> float:
    return -float(points[list(indices), 1].mean())


def _above_eye(points: Points, indices: Sequence[int], side: str) -> float:
    return _height(points, indices) - _height(points, lm.EYE_LINE[side])


def _brow_height(points: Points, side: str) -> float:
    """In widths of the eye below, and only then in our unit: a grin widens the whole face, which
    makes the rigid fit shrink it, and both shrink alike."""
    brow = lm.UPPER_BROW[side]
    first, last = points[list(lm.EYE_LINE[side]), :2]
    return EYE_WIDTH * _above_eye(points, brow, side) / float(np.hypot(*(last - first)))


def _tilt(points: Points, side: str) -> float:
    return _height(points, lm.INNER_BROW[side]) - _height(points, lm.OUTER_BROW[side])


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
