"""Motion of a face's points with its expression, in the plane of the face.

Made up for a plausible look, not measured on people: every effect is an amplitude times a smooth
bump over the face. Lengths are in units of the distance between the pupils.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.smooth import smoothstep
from reenact.types import EXPRESSION_AXES, Points

Plane: TypeAlias = npt.NDArray[np.float64]
"""(V, 2) face coordinates: origin between the pupils, u to the image's right, v down."""

JAW_DROP = 0.46
REST_HALF_WIDTH = 0.42
"""Half the mouth's width of a neutral face; wider mouths are read as a smile to be undone."""
LID_MEETING = 0.85
"""Where shut lids meet: 0 at the upper, 1 at the lower lid's open position."""

_AXIS = {name: index for index, name in enumerate(EXPRESSION_AXES)}
_SIGN = {"right": -1.0, "left": 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class FaceAxes:
    """The face's plane in the picture; `unit` is the distance between the pupils in pixels."""

    origin: npt.NDArray[np.float64]
    basis: npt.NDArray[np.float64]
    unit: float

    @staticmethod
    def of(landmarks: Points) -> "FaceAxes":
        """The axes of a face that looks at the camera."""
        right, left = landmarks[lm.IRIS["right"][0], :2], landmarks[lm.IRIS["left"][0], :2]
        unit = float(np.linalg.norm(left - right))
        u = (left - right) / unit
        return FaceAxes((left + right) / 2, np.stack([u, [-u[1], u[0]]]), unit)

    def to_plane(self, points: Points) -> Plane:
        """Pixels -> face coordinates."""
        return (points[:, :2] - self.origin) @ self.basis.T / self.unit

    def to_pixels(self, plane: Plane) -> Points:
        """Face coordinates -> pixels."""
        return plane * self.unit @ self.basis + self.origin


def neutral_plane(plane: Plane) -> Plane:
    """The same face with lips closed and the smile undone; (V, 2), face points first."""
    moved = plane.copy()
    middle = plane[[13, 14]].mean(axis=0)
    for side, index in lm.MOUTH_CORNERS.items():
        corner = plane[index]
        half_width = min(REST_HALF_WIDTH, abs(corner[0] - middle[0]))
        rest = middle + np.array([_SIGN[side] * half_width, 0.0])
        moved += _bump(plane, corner, 0.3) * (rest - corner)
    return moved + _lip_closing(moved)


def moved_plane(neutral: Plane, motion: npt.NDArray[np.float32]) -> Plane:
    """Where the points of a neutral face go; `motion` (13,) in the order of `EXPRESSION_AXES`.

    Head pose and gaze are not its business, except that upper lids follow the gaze up and down.
    """
    value = {name: float(motion[index]) for name, index in _AXIS.items()}
    moved = neutral + _smile(neutral, value["smile"]) + _furrow(neutral, value["furrow"])
    for side in lm.SIDES:
        moved += _brow(neutral, side, value[f"brow_{side}"])
    moved = _puckered(moved, value["pucker"])
    moved += _jaw(neutral, value["jaw"])
    for side in lm.SIDES:
        _move_lids(moved, side, value[f"blink_{side}"], value["gaze_y"])
    return moved


def _bump(
    plane: Plane, centre: npt.NDArray[np.float64], reach: float | tuple[float, float]
) -> Plane:
    """(V, 1) Gaussian hill of height one; `reach` is its width in u and v."""
    distance = (plane - centre) / reach
    return np.asarray(np.exp(-(distance**2).sum(axis=1, keepdims=True)), np.float64)


def _lip_closing(plane: Plane) -> Plane:
    upper, lower = np.array(lm.INNER_UPPER_LIP), np.array(lm.INNER_LOWER_LIP)
    gap = plane[lower] - plane[upper]
    corners = plane[[lm.INNER_MOUTH_CORNERS[side] for side in ("right", "left")]]
    line = (corners[0] + corners[1]) / 2
    meeting = plane[upper] + 0.5 * gap
    meeting[:, 1] = 0.3 * meeting[:, 1] + 0.7 * line[1]
    shift = np.zeros_like(plane)
    for rows, inner in ((lm.UPPER_LIP, upper), (lm.LOWER_LIP, lower)):
        for row, share in zip(np.array(rows).reshape(4, -1), (0.8, 0.88, 0.95, 1.0), strict=True):
            shift[row] = share * (meeting - plane[inner])
    _spread(plane, shift, np.array(lm.UPPER_LIP[:9] + lm.LOWER_LIP[:9] + lm.LIP_CORNERS))
    return shift


def _spread(plane: Plane, shift: Plane, anchors: npt.NDArray[np.int_]) -> None:
    """Lets the skin around the lips follow the anchors, less and less with distance."""
    lips = {*lm.UPPER_LIP, *lm.LOWER_LIP, *lm.LIP_CORNERS}
    skin = np.array([index for index in range(len(plane)) if index not in lips])
    squared = ((plane[skin, None] - plane[None, anchors]) ** 2).sum(axis=2)
    weight = np.exp(-(squared - squared.min(axis=1, keepdims=True)) / 0.1**2)
    weight *= np.exp(-squared.min(axis=1, keepdims=True) / 0.35**2)
    nearness = np.exp(-(squared - squared.min(axis=1, keepdims=True)) / 0.1**2).sum(axis=1)
    shift[skin] = weight @ shift[anchors] / nearness[:, None]


def _smile(plane: Plane, smile: float) -> Plane:
    shift = np.zeros_like(plane)
    outward, upward = (0.15, 0.16) if smile > 0 else (0.04, 0.15)
    for side, index in lm.MOUTH_CORNERS.items():
        corner, sign = plane[index], _SIGN[side]
        direction = np.array([sign * outward, -upward])
        shift += smile * _bump(plane, corner, (0.28, 0.3)) * direction
        cheek = corner + np.array([sign * 0.25, -0.35])
        shift += max(smile, 0.0) * _bump(plane, cheek, 0.25) * [0.0, -0.06]
    return shift


def _puckered(plane: Plane, pucker: float) -> Plane:
    centre = plane[[13, 14]].mean(axis=0)
    near = _bump(plane, centre, (0.55, 0.28))
    return np.asarray(plane + pucker * near * (plane - centre) * [-0.45, 0.12], np.float64)


def _jaw(plane: Plane, jaw: float) -> Plane:
    """The lower face slides down; the mouth's corners go half the way."""
    centre = plane[[13, 14]].mean(axis=0)
    half_width = float(np.ptp(plane[list(lm.INNER_MOUTH_CORNERS.values()), 0])) / 2
    u, v = (plane - centre).T
    inside = np.clip(1 - (u / half_width) ** 2, 0, 1) ** 0.7
    side = np.sign(v)
    side[list(lm.UPPER_LIP)], side[list(lm.LOWER_LIP)] = -1.0, 1.0
    share = np.maximum(inside, smoothstep(np.abs(v) / 0.55))
    falling = 0.5 + 0.5 * side * share
    falling *= 1 - 0.65 * smoothstep((np.abs(u) - 0.45) / 0.7)
    chin = plane[lm.CHIN, 1] - centre[1]
    falling *= 1 - smoothstep((v - chin) / 1.2)
    inward = -0.10 * _bump(plane, centre, (0.6, 0.6))[:, 0] * u
    return jaw * np.stack([inward, JAW_DROP * falling], axis=1)


def _brow(plane: Plane, side: str, brow: float) -> Plane:
    centre = plane[[*lm.UPPER_BROW[side], *lm.LOWER_BROW[side]]].mean(axis=0) - [0.0, 0.03]
    lid = plane[list(lm.UPPER_LID[side]), 1].min()
    free = smoothstep((lid - plane[:, 1:]) / 0.18)
    return brow * free * _bump(plane, centre, (0.5, 0.4)) * [0.0, -0.15 if brow > 0 else -0.07]


def _furrow(plane: Plane, furrow: float) -> Plane:
    shift = np.zeros_like(plane)
    for side, points in lm.INNER_BROW.items():
        centre = plane[list(points)].mean(axis=0)
        shift += furrow * _bump(plane, centre, 0.2) * [-_SIGN[side] * 0.07, 0.06]
    return shift


def _move_lids(moved: Plane, side: str, blink: float, gaze_y: float) -> None:
    upper, lower = list(lm.UPPER_LID[side]), list(lm.LOWER_LID[side])
    gap = moved[lower] - moved[upper]
    following = blink * LID_MEETING + (1 - blink) * np.clip(-0.25 * gaze_y, -0.12, 0.25)
    moved[upper] += following * gap
    moved[lower] -= blink * (1 - LID_MEETING) * gap
    moved[list(lm.UPPER_LID_SKIN[side])] += 0.45 * following * gap
