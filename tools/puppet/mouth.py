"""The painted inside of a mouth: a dark cave, teeth fixed to the head, a tongue on the jaw."""

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.types import Points
from tools.puppet.face_motion import JAW_DROP, Plane
from tools.puppet.opening import Painting, Picture, canvas_grid

HALF_WIDTH = 0.55
TOP, BOTTOM = -0.15, 0.65
"""The painting's reach above and below the closed lips' line, in pupil distances."""
TOOTH_EDGES = np.cumsum([0.0, 0.068, 0.055, 0.06, 0.055, 0.05, 0.06, 0.06])
"""Where a tooth ends and the next begins, from the middle to either side."""
TEETH_LENGTH = 0.105
CAVE, TONGUE, TOOTH = (
    np.array(c, np.float32) for c in ((58, 20, 20), (150, 74, 72), (228, 218, 204))
)


class Mouth:
    """What an open mouth shows."""

    def __init__(self, neutral: Plane) -> None:
        """neutral: (V, 2) face coordinates of the points of a face with closed lips."""
        middle = neutral[[13, 14]].mean(axis=0)
        self._corner = middle + np.array([-HALF_WIDTH, TOP])
        u, v = canvas_grid(self._corner, (2 * HALF_WIDTH, BOTTOM - TOP))
        self._u, self._v = u - np.float32(middle[0]), v - np.float32(middle[1])
        self._cave = _cave(self._v)
        self._teeth = TOOTH * _tooth_light(self._u), _teeth(self._u, self._v)

    def opened(self, jaw: float) -> Painting:
        """The painting behind the lips; jaw 0..1 moves the tongue."""
        tongue = TONGUE * _tongue_light(self._u), _tongue(self._u, self._v, jaw)
        return Painting(_mixed(_mixed(self._cave, *tongue), *self._teeth), self._corner)


def mouth_outline(points: Points) -> Points:
    """(20, 2) the lips' inner edges, once around."""
    corners = lm.INNER_MOUTH_CORNERS
    lower = reversed(lm.INNER_LOWER_LIP)
    ring = (corners["right"], *lm.INNER_UPPER_LIP, corners["left"], *lower)
    return points[list(ring), :2]


def _mixed(below: Picture, above: Picture, alpha: Picture) -> Picture:
    return np.asarray(below + alpha[..., None] * (above - below), np.float32)


def _soft(inside: npt.NDArray[np.float32], width: float) -> Picture:
    """1 where `inside` is positive, with an edge of `width`."""
    return np.asarray(np.clip(inside / width + 0.5, 0, 1), np.float32)


def _cave(v: Picture) -> Picture:
    light = np.clip(1.1 - 1.2 * np.abs(v - 0.05), 0.45, 1.0)
    return np.asarray(light[..., None] * CAVE, np.float32)


def _tongue(u: Picture, v: Picture, jaw: float) -> Picture:
    low = 0.16 + 0.85 * JAW_DROP * jaw
    return _soft(np.asarray(1 - np.hypot(u / 0.3, (v - low) / 0.17), np.float32), 0.25)


def _tongue_light(u: Picture) -> Picture:
    return np.asarray(1 - 0.25 * np.exp(-((u / 0.03) ** 2)), np.float32)[..., None]


def _teeth(u: Picture, v: Picture) -> Picture:
    """A row that curves up and shortens to the sides, with fine gaps."""
    side = np.abs(u)
    edge = TEETH_LENGTH * (1 - 0.9 * np.clip(side / 0.5, 0, 1) ** 2.2)
    index = np.clip(np.searchsorted(TOOTH_EDGES, side, side="right"), 1, len(TOOTH_EDGES) - 1)
    left, right = TOOTH_EDGES[index - 1], TOOTH_EDGES[index]
    across = (side - (left + right) / 2) / (right - left) * 2
    edge = edge - 0.012 * across**4
    row = _soft((edge - v).astype(np.float32), 0.02) * _soft((0.41 - side).astype(np.float32), 0.03)
    return np.asarray(row * (1 - 0.3 * np.clip(np.abs(across), 0, 1) ** 12), np.float32)


def _tooth_light(u: Picture) -> Picture:
    return np.asarray(1 - 0.8 * np.clip(np.abs(u) / 0.42, 0, 1) ** 1.4, np.float32)[..., None]
