"""Constants of a frame that a motion moves: skull, cheeks, eyes, brows and mouth.

Every full motion looks like the end of what a face can do; the numbers were chosen by eye on
contact sheets. `m` holds a motion by the names of `reenact.axes.AXES`.
"""

import math
from collections.abc import Mapping
from typing import TypeAlias

from reenact.avatars import layout as at
from reenact.avatars.layout import FrameConstants
from reenact.avatars.person import Person

Moved: TypeAlias = Mapping[str, float]

SIDES = ((0, "Right"), (1, "Left"))
"""Place in a pair of the layout, and ending of an axis's name."""

BROW_REST = 0.235
"""Head units from the eyes up to the peak of a neutral brow, arched or not."""
BROW_OUTER_RISE, BROW_INNER_RISE = 0.09, 0.09
"""Head units by which a brow's outer and inner ends rise: as much as a real brow does. With the low
rest that ends where a tracker of real faces still believes in a brow; one that peaks at 0.38 is
taken for the forehead, and the crease of the lid for the brow."""
BROW_SHARED = 0.5
"""Share of its rise by which a raised outer brow takes its inner end along."""
UPPER_UP, LOWER_DOWN = 0.060, 0.080
"""Head units by which the middles of the lips part from each other over the teeth."""


def fill_skull(f: FrameConstants, p: Person, m: Moved) -> None:
    """Set skull, jaw, cheeks, nose and ears."""
    jaw = m["jawOpen"]
    f[at.CRAN_RX], f[at.CRAN_RY] = 0.755 * p.head_width, 0.80 * p.head_height
    f[at.FACE_RX] = 0.60 * p.head_width * (0.75 + 0.25 * p.jaw_width)
    f[at.FACE_RY] = 0.72 * p.face_length + 0.07 * jaw
    f[at.FACE_Y] = -0.30 - 0.06 * jaw
    f[at.JAW_X] = (0.27 + 0.08 * p.jaw_square) * p.jaw_width
    f[at.JAW_Y], f[at.JAW_R] = -0.62 * p.face_length - 0.10 * jaw, 0.15 + 0.07 * p.jaw_square
    f[at.CHIN_Y] = -0.86 * p.face_length - p.chin_length - 0.20 * jaw
    f[at.CHIN_Z], f[at.CHIN_R] = 0.50 - 0.05 * jaw, 0.17 * p.chin_size
    f[at.MUZZLE_Z] = 0.50 + 0.05 * m["mouthPucker"] + 0.04 * m["mouthFunnel"]
    f[at.EAR_X], f[at.EAR_R] = 0.78 * p.head_width, p.ear_size
    f[at.JAW] = jaw
    _fill_cheeks(f, p, m)
    _fill_nose(f, p, m)


def _fill_cheeks(f: FrameConstants, p: Person, m: Moved) -> None:
    f[at.CHEEK_X], f[at.CHEEK_PUFF] = 0.37 * p.head_width, m["cheekPuff"]
    for side, name in SIDES:
        smile, squint = m[f"mouthSmile{name}"], m[f"eyeSquint{name}"]
        height = -0.32 + p.cheek_height - 0.05 * m["jawOpen"]
        f[at.CHEEK_Y_R + side] = height + 0.07 * smile + 0.05 * squint
        f[at.CHEEK_Z_R + side] = 0.46 + 0.035 * smile + 0.02 * squint
        f[at.CHEEK_R_R + side] = 0.225 * p.cheek_size + 0.015 * smile + 0.012 * squint
        f[at.FOLD_R + side] = smile + 0.4 * m["mouthUpperUp"]


def _fill_nose(f: FrameConstants, p: Person, m: Moved) -> None:
    f[at.NOSE_TIP_Y] = -0.31 * p.nose_length - 0.01 * m["jawOpen"]
    f[at.NOSE_TIP_Z], f[at.NOSE_TIP_R] = 0.82 + 0.06 * p.nose_size, 0.115 * p.nose_size
    f[at.NOSE_WING_X] = 0.10 * p.nose_width + 0.01 * _mean(m, "mouthSmile")
    f[at.NOSE_WING_R] = 0.072 * p.nose_size
    f[at.NOSE_BRIDGE_Z], f[at.NOSE_BRIDGE_R] = 0.70, 0.065 * p.nose_width


def fill_eyes(f: FrameConstants, p: Person, m: Moved) -> None:
    """Set eye balls, gaze and lids."""
    f[at.EYE_R] = 0.235 * p.eye_size
    f[at.EYE_X] = 0.335 * p.eye_distance
    f[at.EYE_Z] = 0.73 - f[at.EYE_R]
    f[at.EYE_W], f[at.EYE_TILT] = 0.196 * p.eye_size, p.eye_tilt
    f[at.IRIS_R] = 0.53 * p.iris_size
    gaze_x, gaze_y = 0.46 * m["eyeLookX"], 0.34 * m["eyeLookY"]
    f[at.GAZE_X] = math.sin(gaze_x) * math.cos(gaze_y)
    f[at.GAZE_Y] = math.sin(gaze_y)
    f[at.GAZE_Z] = math.cos(gaze_x) * math.cos(gaze_y)
    for side, name in SIDES:
        up, low = _lids(p, m, name)
        shut, blink = -0.065, m[f"eyeBlink{name}"]
        f[at.LID_UP_R + side] = (up + (shut - up) * blink) * p.eye_size
        f[at.LID_LOW_R + side] = (low + (shut - low) * blink) * p.eye_size
        f[at.BLINK_R + side] = blink


def _lids(p: Person, m: Moved, side: str) -> tuple[float, float]:
    """Heights of the upper and lower lid's middles of an eye that does not blink."""
    squint, wide, look = m[f"eyeSquint{side}"], m[f"eyeWide{side}"], m["eyeLookY"]
    lowered = m[f"browDown{side}"]
    up = 0.106 * p.eye_open + 0.035 * look + 0.050 * wide - 0.034 * squint
    up -= 0.012 * lowered
    low = -0.108 - 0.01 * min(look, 0.0) - 0.012 * wide
    low += 0.022 * m[f"mouthSmile{side}"] + 0.055 * squint + 0.010 * lowered
    return up, min(low, up - 0.075)  # a squint that sees: a third of an open eye


def brow_arch(p: Person) -> float:
    """Head units by which the peak of a person's brow stands above its ends."""
    return 0.02 + 0.05 * p.brow_arch


def fill_brows(f: FrameConstants, p: Person, m: Moved) -> None:
    """Set the brows, and the creases beside lowered ones."""
    arch = brow_arch(p)
    for side, name in SIDES:
        outer = BROW_OUTER_RISE * m[f"browOuterUp{name}"]
        inner = BROW_INNER_RISE * m["browInnerUp"]
        lowered = m[f"browDown{name}"]
        f[at.BROW_Y_R + side] = BROW_REST - arch + p.brow_height + outer - 0.04 * lowered
        f[at.BROW_INNER_R + side] = inner - (1 - BROW_SHARED) * outer - 0.065 * lowered
        f[at.BROW_INNER_X_R + side] = 0.125 - 0.045 * lowered
        f[at.FURROW_R + side] = lowered
    f[at.BROW_OUTER_X] = f[at.EYE_X] + 0.225
    f[at.BROW_ARCH] = arch
    f[at.BROW_T] = 0.034 * p.brow_thickness


def fill_mouth(f: FrameConstants, p: Person, m: Moved) -> None:
    """Set the lips, their opening and the teeth."""
    smile, jaw, pucker, funnel = (
        _mean(m, "mouthSmile"), m["jawOpen"], m["mouthPucker"], m["mouthFunnel"],
    )  # fmt: skip
    upper, lower, press = m["mouthUpperUp"], m["mouthLowerDown"], m["mouthPress"]
    f[at.MOUTH_X] = 0.10 * (m["mouthLeft"] - m["mouthRight"])
    f[at.MOUTH_Y] = -0.625 * p.face_length + p.mouth_height - 0.01 * smile
    _fill_mouth_halves(f, p, m)
    tight = 1.0 - 0.7 * press
    f[at.GAP_UP] = tight * (0.045 * jaw + UPPER_UP * upper + 0.050 * funnel + 0.012 * pucker * jaw)
    f[at.GAP_LOW] = tight * (0.27 * jaw + LOWER_DOWN * lower + 0.085 * funnel)
    f[at.TEETH_Y] = f[at.MOUTH_Y] - 0.065 + 0.01 * smile + 0.065 * funnel
    f[at.TEETH_LOW_Y] = f[at.TEETH_Y] - 0.012 - 0.24 * jaw - 0.20 * funnel
    narrow = min(f[at.MOUTH_W_R], f[at.MOUTH_W_L])
    slope = 2.4 * max(f[at.GAP_UP], f[at.GAP_LOW]) / narrow
    f[at.OPEN_SLOPE] = 1.0 / math.sqrt(1.0 + slope * slope)
    thin = 1.0 - 0.62 * press
    full = 1.0 + 0.35 * pucker + 0.15 * funnel
    f[at.LIP_UP] = 0.058 * p.upper_lip * (full - 0.15 * smile) * thin
    f[at.LIP_LOW] = 0.075 * p.lower_lip * (full - 0.10 * smile) * thin
    height = 0.034 * (0.5 + 0.25 * (p.upper_lip + p.lower_lip))
    f[at.LIP_H] = height + 0.05 * pucker + 0.045 * funnel - 0.020 * press


def _fill_mouth_halves(f: FrameConstants, p: Person, m: Moved) -> None:
    closing = min(0.45 * m["mouthPucker"] + 0.36 * m["mouthFunnel"], 0.6)
    share = (1.0 - closing) * (1.0 - 0.10 * m["jawOpen"]) * (1.0 - 0.08 * m["cheekPuff"])
    for side, name in SIDES:
        smile, frown = m[f"mouthSmile{name}"], m[f"mouthFrown{name}"]
        width = 0.235 * p.mouth_width + 0.085 * smile - 0.01 * frown + 0.012 * m["mouthPress"]
        f[at.MOUTH_W_R + side] = width * share
        f[at.CORNER_R + side] = 0.030 + 0.085 * (smile - frown) - 0.01 * m["mouthPucker"]
    f[at.CORNER_MEAN] = 0.5 * (f[at.CORNER_R] + f[at.CORNER_L])


def _mean(m: Moved, axis: str) -> float:
    return 0.5 * (m[f"{axis}Right"] + m[f"{axis}Left"])
