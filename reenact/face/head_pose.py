"""Head pose, and the face without it, by a rigid fit of the points that lie on bone."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from reenact.types import Points

MIDDLE = MappingProxyType(
    {
        10: (-0.587, -0.210),  # forehead
        151: (-0.418, -0.241),
        168: (-0.061, -0.248),  # bridge of the nose
        6: (0.023, -0.298),
        197: (0.103, -0.354),
        195: (0.174, -0.414),
        5: (0.252, -0.477),
    }
)
"""Points in the middle of the face and where they are, (y, z); x is zero."""

SIDES = MappingProxyType(
    {
        (127, 356): (0.766, 0.075, 0.535),  # temples
        (162, 389): (0.755, -0.095, 0.419),
        (21, 251): (0.725, -0.234, 0.275),
        (54, 284): (0.664, -0.363, 0.141),  # sides of the forehead
        (103, 332): (0.561, -0.470, 0.004),
        (67, 297): (0.396, -0.544, -0.120),
        (109, 338): (0.215, -0.580, -0.191),
        (116, 345): (0.700, 0.173, 0.141),  # cheek bones
        (117, 346): (0.586, 0.157, 0.007),
        (118, 347): (0.504, 0.175, -0.054),
        (234, 454): (0.761, 0.234, 0.589),
        (143, 372): (0.680, 0.051, 0.156),
        (35, 265): (0.626, 0.037, 0.089),
        (33, 263): (0.500, 0.000, 0.000),  # corners of the eyes
        (133, 362): (0.191, 0.026, -0.059),
        (122, 351): (0.064, 0.042, -0.270),  # sides of the nose
    }
)
"""(right, left) points of the face and where the left one is.

MIDDLE and SIDES are the template: MediaPipe's points of one frontal portrait
(`skimage.data.astronaut`, at half its size), averaged with their mirror image and nodded by hand
until it was as level as MediaPipe's own model of a face. x to the image's right, y down, z away;
origin between the outer corners of the eyes, their distance is the unit.
`tools/fit_pose_template.py` derives it again, each point to 0.008 and better.
"""

BONE = (*MIDDLE, *(index for pair in SIDES for index in pair))
TEMPLATE = np.array(
    [(0.0, y, z) for y, z in MIDDLE.values()]
    + [point for x, y, z in SIDES.values() for point in ((-x, y, z), (x, y, z))]
)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A head's pose, and its points without it."""

    yaw: float
    """Radians, positive to the image's right."""
    pitch: float
    """Radians, positive with the chin up."""
    roll: float
    """Radians, positive with the top of the head tilted to the image's right; applied last."""
    points: Points
    """(478, 3) in the template's frame: x to the image's right, y down, z away from the camera, in
    units of about the distance of the outer corners of the eyes."""


def fit_head(landmarks: Points) -> Head:
    """The pose of (478, 3) landmarks in pixels, z as large as a pixel and smaller when nearer.

    Raises ValueError for fewer points.
    """
    if landmarks.shape != (478, 3):
        raise ValueError(f"landmarks must be (478, 3), got {landmarks.shape}: use the whole mesh")
    scale, rotation, shift = fit_similarity(landmarks[list(BONE)], TEMPLATE)
    turn = rotation.T  # frame from template
    return Head(
        yaw=float(np.arcsin(np.clip(turn[2, 0], -1, 1))),
        pitch=float(np.arctan2(-turn[2, 1], turn[2, 2])),
        roll=float(np.arctan2(turn[1, 0], turn[0, 0])),
        points=scale * landmarks @ rotation.T + shift,
    )


def fit_similarity(
    points: Points, template: Points
) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least-squares scale, (3, 3) rotation and (3,) shift that take `points` onto `template`.

    Umeyama 1991, "Least-squares estimation of transformation parameters", eq. 40-42; both (N, 3).
    """
    middle, target = points.mean(axis=0), template.mean(axis=0)
    spread = points - middle
    left, strength, right = np.linalg.svd((template - target).T @ spread)
    proper = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * proper) @ right
    scale = float((strength * proper).sum() / (spread**2).sum())
    return scale, rotation, target - scale * rotation @ middle
