"""Contact sheet of people with neutral and moving faces: to look at, not to test against."""

from collections.abc import Mapping, Sequence

import numpy as np

from reenact.avatars.frame import Motion
from reenact.avatars.person import Person
from reenact.avatars.renderer import render
from reenact.axes import AXES
from reenact.media.preview import sheet
from reenact.types import Image


def make_motion(values: Mapping[str, float]) -> Motion:
    """Make a motion of the named axes; the others are zero."""
    return np.array([values.get(axis, 0.0) for axis in AXES], np.float32)


def _both(axis: str, strength: float) -> dict[str, float]:
    return {f"{axis}Left": strength, f"{axis}Right": strength}


SHEET_MOTIONS: tuple[Motion, ...] = tuple(
    make_motion(values)
    for values in (
        {},
        {**_both("mouthSmile", 0.6), "headYaw": 0.3},
        {**_both("mouthSmile", 1.0), **_both("eyeSquint", 0.7), "mouthUpperUp": 0.7},
        {**_both("browOuterUp", 0.9), **_both("eyeWide", 0.8), "browInnerUp": 0.9, "jawOpen": 0.8},
        {**_both("browDown", 1.0), **_both("mouthFrown", 1.0), "mouthPress": 0.5},
        {"browInnerUp": 1.0, **_both("mouthFrown", 0.5), "headPitch": -0.2, "eyeLookY": 0.8},
        {"eyeBlinkLeft": 1.0, "mouthSmileLeft": 0.9, "eyeSquintLeft": 0.6, "headRoll": 0.2},
        {"browOuterUpRight": 1.0, "browDownLeft": 0.7, "mouthRight": 0.8, "eyeSquintLeft": 0.5},
        {"mouthFunnel": 0.8, "jawOpen": 0.3, "eyeLookX": 1.0, "headYaw": -0.55},
        {"mouthPucker": 1.0, **_both("eyeBlink", 1.0)},
        {"mouthUpperUp": 0.5, "mouthLowerDown": 0.7, "jawOpen": 0.1, "eyeLookX": -0.7},
        {"cheekPuff": 1.0, "mouthLeft": 0.3, "headPitch": 0.35, "eyeLookY": -0.8},
    )
)
"""A neutral motion, and eleven expressive ones that together move every axis."""


def draw_people(
    people: Sequence[Person], size: int = 256, motions: Sequence[Motion] = SHEET_MOTIONS
) -> Image:
    """Draw one row a person and one column a motion, in pictures of `size` pixels."""
    rows = [[render(person, motion, size) for motion in motions] for person in people]
    return sheet(rows, cell=None)
