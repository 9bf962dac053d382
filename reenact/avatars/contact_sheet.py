"""Contact sheet of people with neutral and moving faces: to look at, not to test against."""

from collections.abc import Mapping, Sequence

import numpy as np

from reenact.avatars.frame import Motion
from reenact.avatars.person import Person
from reenact.avatars.renderer import render
from reenact.media.preview import sheet
from reenact.types import EXPRESSION_AXES, Image


def make_motion(values: Mapping[str, float]) -> Motion:
    """Make a motion of the named axes; the others are zero."""
    return np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


SHEET_MOTIONS: tuple[Motion, ...] = tuple(
    make_motion(values)
    for values in (
        {},
        {"smile": 1.0, "yaw": 0.3},
        {"jaw": 1.0, "brow_left": 1.0, "brow_right": 1.0},
        {"smile": -1.0, "furrow": 1.0, "brow_left": -0.6, "brow_right": -0.6, "pitch": -0.2},
        {"blink_left": 1.0, "smile": 0.6, "roll": 0.2},
        {"blink_left": 1.0, "blink_right": 1.0},
        {"pucker": 1.0, "gaze_x": 1.0, "yaw": -0.55},
        {"jaw": 0.5, "smile": 0.8, "pitch": 0.35, "gaze_y": -0.8, "yaw": 0.6},
    )
)
"""A neutral motion, and seven expressive ones that together move every axis."""


def draw_people(
    people: Sequence[Person], size: int = 256, motions: Sequence[Motion] = SHEET_MOTIONS
) -> Image:
    """Draw one row a person and one column a motion, in pictures of `size` pixels."""
    rows = [[render(person, motion, size) for motion in motions] for person in people]
    return sheet(rows, cell=None)
