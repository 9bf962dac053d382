"""One real face for tests: MediaPipe's points of a photograph, moved by hand or by the warper."""

from functools import cache

import numpy as np
import numpy.typing as npt

from reenact.face.align import FaceAligner
from reenact.face.stills import find_face
from reenact.types import EXPRESSION_AXES, FaceCrop, Image, Points
from tools.puppet.warper import Puppet


@cache
def puppet() -> Puppet:
    return Puppet()


@cache
def picture(**motion: float) -> Image:
    """The photograph with these axes moved; all others neutral."""
    values = np.array([motion.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)
    return puppet().frame(values)


def seen(image: Image) -> FaceCrop:
    """The face in a picture, as it is found without a past."""
    with FaceAligner(size=64) as aligner:
        found = find_face(image, aligner)
    assert found is not None
    return found


@cache
def face(**motion: float) -> FaceCrop:
    return seen(picture(**motion))


def with_landmarks(landmarks: Points) -> FaceCrop:
    """What a reader gets, without a picture: it must not look at one."""
    return FaceCrop(np.zeros((1, 1, 3), np.uint8), np.eye(2, 3), landmarks)


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
