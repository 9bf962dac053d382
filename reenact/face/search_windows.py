"""Search windows: the squares of a frame in which a detector looks for faces."""

import math

import numpy as np

from reenact.face.geometry import Square

LEAST_PX = 24
"""Side below which a window shows no face: the detector found a face that fills its window from
28 pixels on (tests/reenact/face/test_search_windows.py)."""

MOST_WINDOWS = 400
"""Windows of one frame, about two seconds of one core; a frame of 27 times its height needs 371.
The smallest windows are left out where there would be more: of a panorama, its small faces."""


def search_windows(height: int, width: int) -> tuple[list[Square], list[Square], list[Square]]:
    """Squares in which to look for a face: all, as large as the short side, half as large.

    None where they would be too small to show a face, or too many.
    """
    short = min(height, width)
    if short < LEAST_PX:
        return [], [], []
    whole = np.array([width / 2, height / 2, 0.0, max(height, width)])
    covers, left = [], MOST_WINDOWS
    for side in (short, short / 2):
        columns, rows = _count(width, side), _count(height, side)
        left -= columns * rows
        fits = left >= 0 and side >= LEAST_PX
        covers.append(_cover(height, width, side) if fits else [])
    large, small = covers
    return [whole], large, small


def _cover(height: int, width: int, side: float) -> list[Square]:
    columns, rows = _middles(width, side), _middles(height, side)
    return [np.array([x, y, 0.0, side]) for y in rows for x in columns]


def _count(length: int, side: float) -> int:
    """The windows that cover a length, each overlapping the next by half or more."""
    return math.ceil(2 * (length - side) / side) + 1


def _middles(length: int, side: float) -> list[float]:
    return [float(x) for x in np.linspace(side / 2, length - side / 2, _count(length, side))]
