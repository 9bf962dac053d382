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
from reenact.avatars.frame_features import fill_beard_and_glasses, fill_hair, fill_looks
from reenact.avatars.layout import FrameConstants
from reenact.avatars.person import Person
from reenact.types import EXPRESSION_AXES

Motion: TypeAlias = npt.NDArray[np.float32]
"""(13,) float32 in the order of `EXPRESSION_AXES`."""


def rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """Rotation world_from_head = Rz(roll) Ry(yaw) Rx(pitch), signs as in `EXPRESSION_AXES`."""
    cy, sy = math.cos(yaw), math.sin(yaw)
    cp, sp = math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    world_from_head: npt.NDArray[np.float64] = tilt @ turn @ nod
    return world_from_head


def frame_constants(person: Person, motion: Motion) -> FrameConstants:
    """Compute all numbers that one picture needs, (COUNT,) float64."""
    if motion.shape != (len(EXPRESSION_AXES),):
        raise ValueError(f"motion must be ({len(EXPRESSION_AXES)},), got {motion.shape}.")
    f = np.zeros(at.COUNT)
    m = dict(zip(EXPRESSION_AXES, motion.astype(float).tolist(), strict=True))
    _fill_skull(f, person, m)
    _fill_eyes(f, person, m)
    _fill_brows(f, person, m)
    _fill_mouth(f, person, m)
    fill_hair(f, person)
    fill_beard_and_glasses(f, person)
    fill_looks(f, person)
    _fill_pose(f, person, m)
    _fill_camera(f, person)
    return f


def _fill_skull(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    smile, jaw = m["smile"], m["jaw"]
    f[at.CRAN_RX], f[at.CRAN_RY] = 0.755 * p.head_width, 0.80 * p.head_height
    f[at.FACE_RX] = 0.60 * p.head_width * (0.75 + 0.25 * p.jaw_width)
    f[at.FACE_RY] = 0.72 * p.face_length + 0.07 * jaw
    f[at.FACE_Y] = -0.30 - 0.06 * jaw
    f[at.JAW_X] = (0.27 + 0.08 * p.jaw_square) * p.jaw_width
    f[at.JAW_Y], f[at.JAW_R] = -0.62 * p.face_length - 0.10 * jaw, 0.15 + 0.07 * p.jaw_square
    f[at.CHIN_Y] = -0.86 * p.face_length - p.chin_length - 0.20 * jaw
    f[at.CHIN_Z], f[at.CHIN_R] = 0.50 - 0.05 * jaw, 0.17 * p.chin_size
    f[at.CHEEK_X] = 0.37 * p.head_width
    raised = max(smile, 0.0)
    f[at.CHEEK_Y] = -0.32 + p.cheek_height + 0.07 * raised - 0.05 * jaw
    f[at.CHEEK_Z] = 0.46 + 0.035 * raised
    f[at.CHEEK_R] = 0.225 * p.cheek_size + 0.015 * raised
    f[at.MUZZLE_Z] = 0.50 + 0.05 * m["pucker"]
    f[at.NOSE_TIP_Y] = -0.31 * p.nose_length - 0.01 * jaw
    f[at.NOSE_TIP_Z], f[at.NOSE_TIP_R] = 0.82 + 0.06 * p.nose_size, 0.115 * p.nose_size
    f[at.NOSE_WING_X] = 0.10 * p.nose_width + 0.01 * raised
    f[at.NOSE_WING_R] = 0.072 * p.nose_size
    f[at.NOSE_BRIDGE_Z], f[at.NOSE_BRIDGE_R] = 0.70, 0.065 * p.nose_width
    f[at.EAR_X], f[at.EAR_R] = 0.78 * p.head_width, p.ear_size
    f[at.SMILE], f[at.JAW], f[at.PUCKER] = smile, jaw, m["pucker"]


def _fill_eyes(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    f[at.EYE_R] = 0.235 * p.eye_size
    f[at.EYE_X] = 0.335 * p.eye_distance
    f[at.EYE_Z] = 0.73 - f[at.EYE_R]
    f[at.EYE_W], f[at.EYE_TILT] = 0.196 * p.eye_size, p.eye_tilt
    f[at.IRIS_R] = 0.53 * p.iris_size
    gaze_x, gaze_y = 0.46 * m["gaze_x"], 0.34 * m["gaze_y"]
    f[at.GAZE_X] = math.sin(gaze_x) * math.cos(gaze_y)
    f[at.GAZE_Y] = math.sin(gaze_y)
    f[at.GAZE_Z] = math.cos(gaze_x) * math.cos(gaze_y)
    squint = 0.022 * max(m["smile"], 0.0) + 0.010 * m["furrow"]
    for side, name in ((0, "right"), (1, "left")):
        blink, brow = m[f"blink_{name}"], m[f"brow_{name}"]
        up = (0.106 * p.eye_open + 0.035 * m["gaze_y"] + 0.014 * brow) * p.eye_size
        low = (-0.108 + squint + 0.02 * min(m["gaze_y"], 0.0) * -0.5) * p.eye_size
        shut = -0.065 * p.eye_size
        f[at.LID_UP_R + side] = up + (shut - up) * blink
        f[at.LID_LOW_R + side] = low + (shut - low) * blink
        f[at.BLINK_R + side] = blink


def _fill_brows(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    furrow = m["furrow"]
    for side, name in ((0, "right"), (1, "left")):
        f[at.BROW_Y_R + side] = 0.275 + p.brow_height + 0.09 * m[f"brow_{name}"] - 0.035 * furrow
    f[at.BROW_INNER_X] = 0.125 - 0.045 * furrow
    f[at.BROW_OUTER_X] = f[at.EYE_X] + 0.225
    f[at.BROW_ARCH] = 0.02 + 0.05 * p.brow_arch
    f[at.BROW_T] = 0.034 * p.brow_thickness
    f[at.BROW_INNER_DROP] = 0.075 * furrow
    f[at.FURROW] = furrow


def _fill_mouth(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    smile, jaw, pucker = m["smile"], m["jaw"], m["pucker"]
    raised = max(smile, 0.0)
    f[at.MOUTH_Y] = -0.625 * p.face_length + p.mouth_height - 0.01 * raised
    width = 0.235 * p.mouth_width
    width += 0.085 * raised + 0.01 * min(smile, 0.0)
    f[at.MOUTH_W] = width * (1.0 - 0.45 * pucker) * (1.0 - 0.10 * jaw)
    f[at.CORNER] = 0.030 + 0.085 * raised + 0.085 * min(smile, 0.0) - 0.01 * pucker
    parted = 0.075 * max(raised - 0.35, 0.0) / 0.65
    f[at.GAP_UP] = 0.045 * jaw + 0.25 * parted + 0.012 * pucker * jaw
    f[at.GAP_LOW] = 0.27 * jaw + 0.75 * parted
    f[at.TEETH_Y] = f[at.MOUTH_Y] - 0.075 + 0.01 * raised
    slope = 2.4 * max(f[at.GAP_UP], f[at.GAP_LOW]) / f[at.MOUTH_W]
    f[at.OPEN_SLOPE] = 1.0 / math.sqrt(1.0 + slope * slope)
    f[at.LIP_UP] = 0.058 * p.upper_lip * (1.0 + 0.35 * pucker - 0.15 * raised)
    f[at.LIP_LOW] = 0.075 * p.lower_lip * (1.0 + 0.35 * pucker - 0.10 * raised)
    f[at.LIP_H] = 0.034 * (0.5 + 0.25 * (p.upper_lip + p.lower_lip)) + 0.05 * pucker


def _fill_pose(f: FrameConstants, p: Person, m: dict[str, float]) -> None:
    turn = rotation(m["yaw"], m["pitch"], m["roll"])
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
