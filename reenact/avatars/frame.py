"""Constants of one picture, computed from a person and a motion; the compiled functions read them.

The numbers are the design of a face, in head units: those of the average person are drawn so that
the FFHQ square of `_fill_camera` frames it as it frames photographs, and each motion's so that its
full value looks like the end of what a face can do. They are chosen by eye on contact sheets, and
the packs are trained on them: to change one is to draw other people.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.avatars import layout as at
from reenact.avatars.frame_face import fill_brows, fill_eyes, fill_mouth, fill_skull
from reenact.avatars.frame_features import fill_beard_and_glasses, fill_hair, fill_looks
from reenact.avatars.layout import FrameConstants
from reenact.avatars.person import Person
from reenact.axes import AXES

Motion: TypeAlias = npt.NDArray[np.float32]
"""(29,) float32 in the order of `reenact.axes.AXES`."""


def rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """Rotation world_from_head = Rz(roll) Ry(yaw) Rx(pitch), signs as in `AXES`."""
    cy, sy = math.cos(yaw), math.sin(yaw)
    cp, sp = math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    world_from_head: npt.NDArray[np.float64] = tilt @ turn @ nod
    return world_from_head


def frame_constants(person: Person, motion: Motion, *, backdrop: bool = True) -> FrameConstants:
    """Compute all numbers that one picture needs, (COUNT,) float64.

    Raises ValueError for a motion of another shape.
    """
    if motion.shape != (len(AXES),):
        raise ValueError(f"motion must be ({len(AXES)},), got {motion.shape}.")
    f = np.zeros(at.COUNT)
    f[at.BACKDROP] = float(backdrop)
    m = dict(zip(AXES, motion.astype(float).tolist(), strict=True))
    fill_skull(f, person, m)
    fill_eyes(f, person, m)
    fill_brows(f, person, m)
    fill_mouth(f, person, m)
    fill_hair(f, person)
    fill_beard_and_glasses(f, person)
    fill_looks(f, person)
    _fill_pose(f, person, m)
    _fill_camera(f, person)
    return f


def _fill_pose(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    turn = rotation(m["headYaw"], m["headPitch"], m["headRoll"])
    f[at.R00 : at.R00 + 9] = turn.ravel()
    pivot = np.array([0.0, 0.0, f[at.EYE_Z] + f[at.EYE_R]])
    f[at.PIVOT_Z] = pivot[2]
    nape = np.array([0.0, -0.50, -0.20])
    f[at.NECK_X : at.NECK_X + 3] = turn @ (nape - pivot) + pivot
    base = np.array([0.0, -1.0, -0.25])
    shift = (turn @ (base - pivot) + pivot - base) * np.array([0.75, 0.6, 0.8])
    f[at.TORSO_X : at.TORSO_X + 3] = shift
    f[at.NECK_R] = 0.31 * p.neck_width
    f[at.SHOULDER_X] = 0.82 * p.shoulder_width
    f[at.SHOULDER_Y], f[at.SHOULDER_R] = -1.66, 0.30


def _fill_camera(f: FrameConstants, p: Person) -> None:
    """The FFHQ square of the neutral face (Karras et al. 2019, appendix C), seen from the front."""
    eyes = 2.0 * f[at.EYE_X]
    mouth = -(-0.625 * p.face_length + p.mouth_height)
    f[at.SIDE] = 2.0 * max(2.0 * eyes, 1.8 * mouth)
    f[at.CENTRE_X], f[at.CENTRE_Y] = 0.0, -0.1 * mouth
