"""A picture of the whole cast, neutral and moving: to look at, not to test against."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from reenact.avatars.frame import Motion
from reenact.avatars.person import Person
from reenact.avatars.renderer import render
from reenact.types import EXPRESSION_AXES, Image


def motion_of(values: dict[str, float]) -> Motion:
    """Motion from the named axes; the others are zero."""
    return np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


SHEET_MOTIONS: tuple[Motion, ...] = tuple(
    motion_of(values)
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
"""Neutral and seven expressive motions."""


def contact_sheet(
    people: Sequence[Person], path: Path, size: int = 256, motions: Sequence[Motion] = SHEET_MOTIONS
) -> Image:
    """Write a PNG with one row a person and one column a motion; returns it as RGB."""
    rows = [np.hstack([render(person, motion, size) for motion in motions]) for person in people]
    sheet = np.vstack(rows)
    if not cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)):
        raise OSError(f"could not write the contact sheet to {path}.")
    return sheet
