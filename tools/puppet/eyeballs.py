"""Painted eyeballs in the colours of a photograph, looking where they are told to."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.types import Image, Points
from tools.puppet.face_motion import FaceAxes, Plane
from tools.puppet.opening import Painting, Picture, canvas_grid

GAZE_REACH = (0.105, 0.06)
"""How far the iris goes to the sides and up or down at gaze 1, in pupil distances."""
HALF_EXTENT = (0.32, 0.22)
LASHES = np.array([52, 36, 28], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Eyeball:
    """One eye's colours (RGB) and measures in face coordinates."""

    centre: npt.NDArray[np.float64]
    radius: float
    iris: npt.NDArray[np.float64]
    white: npt.NDArray[np.float64]

    def looking(self, gaze_x: float, gaze_y: float) -> Painting:
        """The eyeball without lids; gaze as in `EXPRESSION_AXES`."""
        corner = self.centre - HALF_EXTENT
        u, v = canvas_grid(corner, (2 * HALF_EXTENT[0], 2 * HALF_EXTENT[1]))
        pupil = self.centre + np.multiply(GAZE_REACH, [gaze_x, -gaze_y])
        ball = np.hypot(u - self.centre[0], 1.3 * (v - self.centre[1])) / 0.3
        picture = _faded(
            self.white, 0.95 - 0.35 * ball**2 - 1.2 * np.clip(self.centre[1] - 0.02 - v, 0, 1)
        )
        distance = np.hypot(u - pupil[0], v - pupil[1]) / self.radius
        picture = _laid_over(picture, _faded(self.iris, _iris_shade(distance)), 1.0, distance)
        picture = _laid_over(picture, np.full_like(picture, 14), 0.48, distance)
        glint = pupil + self.radius * np.array([-0.28, -0.32])
        spot = np.hypot(u - glint[0], v - glint[1]) / self.radius
        return Painting(_laid_over(picture, np.full_like(picture, 235), 0.16, spot), corner)


def eyeball(photo: Image, landmarks: Points, axes: FaceAxes, side: str) -> Eyeball:
    """Reads centre, size and colours of one eye from a portrait; landmarks (478, 3) pixels."""
    plane = axes.to_plane(landmarks)
    centre, *edges = plane[list(lm.IRIS[side])]
    radius = float(1.08 * np.linalg.norm(np.array(edges) - centre, axis=1).mean())
    distance = _distance_in_photo(photo, axes, centre) / radius
    opening = _opening_in_photo(photo, landmarks, side)
    iris = photo[opening & (distance > 0.45) & (distance < 0.85)]
    white = photo[opening & (distance > 1.25)]
    return Eyeball(centre, radius, _typical(iris, 50, 70.0), _typical(white, 80, 200.0))


def eye_outline(points: Points, side: str) -> Points:
    """(16, 2) the lids' margins, once around."""
    outer, inner = lm.EYE_CORNERS[side]
    ring = (outer, *lm.UPPER_LID[side], inner, *reversed(lm.LOWER_LID[side]))
    return points[list(ring), :2]


def draw_lashes(picture: Image, points: Points, side: str, unit: float) -> None:
    """Darkens the upper lid's margin, which is where lashes hide the eyeball; changes `picture`."""
    import cv2

    outer, inner = lm.EYE_CORNERS[side]
    line = points[[outer, *lm.UPPER_LID[side], inner], :2]
    low = np.maximum(np.floor(line.min(axis=0)).astype(int) - 5, 0)
    high = np.ceil(line.max(axis=0)).astype(int) + 5
    window = picture[low[1] : high[1], low[0] : high[0]]
    if window.size == 0:
        return
    drawn = np.zeros(window.shape[:2], np.uint8)
    course = np.round((line - low - 0.5) * 16).astype(np.int32)
    cv2.polylines(drawn, [course], False, 255, max(1, round(0.025 * unit)), cv2.LINE_AA, 4)
    dark = cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 0.009 * unit)[..., None]
    window[:] = (window * (1 - 0.6 * dark) + 0.6 * dark * LASHES).astype(np.uint8)


def _distance_in_photo(
    photo: Image, axes: FaceAxes, centre: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    rows, columns = np.indices(photo.shape[:2]) + 0.5
    place: Plane = axes.to_plane(np.stack([columns, rows], axis=-1).reshape(-1, 2))
    return np.asarray(np.linalg.norm(place - centre, axis=1).reshape(photo.shape[:2]))


def _opening_in_photo(photo: Image, landmarks: Points, side: str) -> npt.NDArray[np.bool_]:
    import cv2

    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(eye_outline(landmarks, side)).astype(np.int32)], 1)
    return mask.astype(bool)


def _typical(
    pixels: npt.NDArray[np.uint8], percentile: float, otherwise: float
) -> npt.NDArray[np.float64]:
    """A colour of the pixels; `otherwise` is the grey for an eye too small to show any."""
    if len(pixels) == 0:
        return np.full(3, otherwise)
    return np.asarray(np.percentile(pixels, percentile, axis=0), np.float64)


def _iris_shade(distance: Picture) -> Picture:
    """Brighter at mid-radius, dark at the rim."""
    rim = np.clip((distance - 0.72) / 0.28, 0, 1)
    return np.asarray(1.05 - 0.65 * rim**2, np.float32)


def _faded(colour: npt.NDArray[np.float64], light: Picture) -> Picture:
    return np.asarray(np.clip(light, 0.2, 1.3)[..., None] * colour, np.float32)


def _laid_over(below: Picture, above: Picture, radius: float, distance: Picture) -> Picture:
    """`above` inside the disc of `radius`, with a slightly soft edge."""
    soft = 0.1
    alpha = np.clip((radius - distance) / soft + 0.5, 0, 1)[..., None]
    return np.asarray(below * (1 - alpha) + above * alpha, np.float32)
