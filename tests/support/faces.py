"""One real face for tests: MediaPipe's points of a photograph that was moved by known amounts.

They are recorded in tests/golden by `python -m tools.puppet.record_faces`, which holds the table of
motions; another motion than those goes there first.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.media.pictures import read_picture
from reenact.types import EXPRESSION_AXES, FaceCrop, Image, Points

GOLDEN = Path(__file__).parents[1] / "golden"
PICTURES = {0.0: "face.jpg", 0.6: "face-talking.jpg"}
"""Recorded pictures, by how far the jaw is open in them."""


@cache
def read_recorded() -> Mapping[tuple[bool, tuple[float, ...]], FaceCrop]:
    """Every recorded face, by whether its picture was mirrored and by its motion."""
    with np.load(GOLDEN / "faces.npz") as file:
        motions, mirrored = file["motions"].tolist(), file["mirrored"].tolist()
        crops, landmarks = file["crops"], file["landmarks"].astype(np.float64)
    faces = [FaceCrop(c, np.eye(2, 3), p) for c, p in zip(crops, landmarks, strict=True)]
    keys = [(flipped, tuple(motion)) for flipped, motion in zip(mirrored, motions, strict=True)]
    return dict(zip(keys, faces, strict=True))


def face(**motion: float) -> FaceCrop:
    """The photograph's face with these axes moved, all others at rest; the crop is 32 pixels."""
    return read_recorded()[False, _key(motion)]


def mirrored_face(**motion: float) -> FaceCrop:
    """The same face as it is found in the mirror image of the picture."""
    return read_recorded()[True, _key(motion)]


def _key(motion: Mapping[str, float]) -> tuple[float, ...]:
    values = np.array([motion.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)
    return tuple(values.tolist())


@cache
def picture(*, jaw: float = 0.0) -> Image:
    """(480, 640, 3) the photograph at rest, or talking."""
    return read_picture(GOLDEN / PICTURES[jaw])


def with_landmarks(landmarks: Points) -> FaceCrop:
    """What a reader gets, without a picture: it must not look at one."""
    return FaceCrop(np.zeros((1, 1, 3), np.uint8), np.eye(2, 3), landmarks)


def blend(motion: Mapping[str, float]) -> Points:
    """The points of any motion: shares of recorded extremes, moved irises and a turned head."""
    rest = face().landmarks
    points = rest.copy()
    for axis in EXPRESSION_AXES[3:]:
        if not axis.startswith("gaze"):
            extreme = -1.0 if motion[axis] < 0 else 1.0
            points += motion[axis] / extreme * (face(**{axis: extreme}).landmarks - rest)
    pupils = np.linalg.norm(rest[lm.IRIS["left"][0]] - rest[lm.IRIS["right"][0]])
    for iris in lm.IRIS.values():
        points[list(iris), :2] += pupils * np.array(
            [0.1 * motion["gaze_x"], -0.06 * motion["gaze_y"]]
        )
    return turned(points, **{axis: motion[axis] for axis in EXPRESSION_AXES[:3]})


def turned(landmarks: Points, *, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Points:
    """The same points after the head turned rigidly by these radians, seen from far away."""
    middle = landmarks.mean(axis=0)
    return np.asarray((landmarks - middle) @ rotation(yaw, pitch, roll).T + middle)


def rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """Right, up and clockwise are positive; x right, y down, z away; roll last."""
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    about_z = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    return np.asarray(about_z @ about_y @ about_x)
