"""Motions on the thirteen axes of older packs: to today's axes, where they are drawn, and back."""

import numpy as np
import numpy.typing as npt

from reenact.avatars.frame import Motion
from reenact.avatars.frame_face import (
    BROW_INNER_RISE,
    BROW_OUTER_RISE,
    BROW_REST,
    BROW_SHARED,
    LOWER_DOWN,
    UPPER_UP,
    brow_arch,
)
from reenact.avatars.person import Person
from reenact.axes import AXES
from reenact.types import EXPRESSION_AXES

_OLD_REST, _OLD_RISE = 0.275, 0.09
"""Head units from the eyes up to the ends of a neutral brow of the old pictures, and by which a
fully raised one rose."""
_LOWERING = 0.06
"""Head units by which browDown lowers a brow, between its inner end and its middle."""
_OLD_PARTING = (0.35, 0.019, 0.056)
"""Old smile from which on the lips parted, and head units by which the upper and the lower lip had
parted at a full one."""


def lift_motion(old: npt.NDArray[np.float32], person: Person) -> Motion:
    """Lift a motion of a person on `EXPRESSION_AXES`, (13,), to `AXES`, (29,).

    The pictures are nearly those that the old motion stood for: what the old axes could not tell
    apart moves together. Old brows rested and rose higher than a face's, so theirs exceed 1.
    Raises ValueError for another shape.
    """
    if old.shape != (len(EXPRESSION_AXES),):
        raise ValueError(f"motion must be ({len(EXPRESSION_AXES)},), got {old.shape}.")
    m = dict(zip(EXPRESSION_AXES, old.astype(float).tolist(), strict=True))
    new = {
        "headYaw": m["yaw"], "headPitch": m["pitch"], "headRoll": m["roll"],
        "eyeLookX": m["gaze_x"], "eyeLookY": m["gaze_y"],
        "eyeBlinkLeft": m["blink_left"], "eyeBlinkRight": m["blink_right"],
        "jawOpen": m["jaw"], "mouthPucker": m["pucker"],
    }  # fmt: skip
    new |= _lift_smile(m["smile"]) | _lift_brows(m, brow_arch(person))
    return np.array([new.get(axis, 0.0) for axis in AXES], np.float32)


def reduce_motion(new: Motion) -> npt.NDArray[np.float32]:
    """Reduce a motion on `AXES`, (29,), to `EXPRESSION_AXES`, (13,): what those can say of it."""
    m = dict(zip(AXES, new.astype(float).tolist(), strict=True))
    old = {
        "yaw": m["headYaw"], "pitch": m["headPitch"], "roll": m["headRoll"],
        "gaze_x": m["eyeLookX"], "gaze_y": m["eyeLookY"],
        "blink_left": m["eyeBlinkLeft"], "blink_right": m["eyeBlinkRight"],
        "jaw": m["jawOpen"], "pucker": m["mouthPucker"],
        "smile": sum(m[f"mouthSmile{s}"] - m[f"mouthFrown{s}"] for s in ("Left", "Right")) / 2,
        "brow_left": m["browOuterUpLeft"] - m["browDownLeft"],
        "brow_right": m["browOuterUpRight"] - m["browDownRight"],
        "furrow": (m["browDownLeft"] + m["browDownRight"]) / 2,
    }  # fmt: skip
    return np.array([old[axis] for axis in EXPRESSION_AXES], np.float32)


def _lift_smile(smile: float) -> dict[str, float]:
    first, up, down = _OLD_PARTING
    parted = max(smile - first, 0.0) / (1.0 - first)
    return {
        "mouthSmileLeft": max(smile, 0.0), "mouthSmileRight": max(smile, 0.0),
        "mouthFrownLeft": max(-smile, 0.0), "mouthFrownRight": max(-smile, 0.0),
        "mouthUpperUp": parted * up / UPPER_UP, "mouthLowerDown": parted * down / LOWER_DOWN,
    }  # fmt: skip


def _lift_brows(m: dict[str, float], arch: float) -> dict[str, float]:
    rest = _OLD_REST + arch - BROW_REST
    height = {side: rest + _OLD_RISE * m[f"brow_{side}"] for side in ("left", "right")}
    up = {side: max(h, 0.0) for side, h in height.items()}
    down = {side: max(m["furrow"], -h / _LOWERING, 0.0) for side, h in height.items()}
    inner = (1 - BROW_SHARED) * (up["left"] + up["right"]) / 2
    return {
        "browOuterUpLeft": up["left"] / BROW_OUTER_RISE,
        "browOuterUpRight": up["right"] / BROW_OUTER_RISE,
        "browInnerUp": inner / BROW_INNER_RISE,
        "browDownLeft": min(down["left"], 1.0),
        "browDownRight": min(down["right"], 1.0),
    }
