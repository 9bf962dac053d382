"""Work at one pixel: the same source for the CPU's loops and for a CUDA thread."""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.rays import colour_of_ray, safe_start

TILE = 8
"""Pixels along one side of a tile of the depth pre-pass."""

Starts: TypeAlias = npt.NDArray[np.float32]
"""(rows, columns) of tiles: the depth at which their rays begin."""

Layers: TypeAlias = npt.NDArray[np.uint8]
"""(S, S, 4): sRGB and coverage. The colour is straight: that of what covers the pixel, however
little of it; 0 where nothing does."""

_CONTRAST = 14.0
"""Levels, of 255, between neighbours above which more rays are drawn: about where stairs begin to
show. Six to eleven per cent of a portrait's pixels lie above it."""


@scalar
def world_of_pixel(px: float, py: float, size: int, f: Constants) -> tuple[float, float]:
    """World (x, y) under a pixel position; pixel centres at .5."""
    scale = f[at.SIDE] / size
    x = f[at.CENTRE_X] + (px - 0.5 * size) * scale
    return x, f[at.CENTRE_Y] - (py - 0.5 * size) * scale


@scalar
def start_of_tile(row: int, column: int, size: int, f: Constants) -> float:
    """Depth at which all rays of a tile may begin.

    The radius is half the diagonal of a tile that is half a pixel larger on each side.
    """
    wx, wy = world_of_pixel((column + 0.5) * TILE, (row + 0.5) * TILE, size, f)
    return safe_start(wx, wy, math.sqrt(0.5) * (TILE + 1) * f[at.SIDE] / size, f)


@scalar
def put(image: Layers, row: int, column: int, r: float, g: float, b: float, alpha: float) -> None:
    """Write a rounded colour and its coverage, 0..1; 0 where the coverage rounds to nothing."""
    level = int(255.0 * alpha + 0.5)
    if level == 0:
        r, g, b = 0.0, 0.0, 0.0
    image[row, column, 0] = int(r + 0.5)
    image[row, column, 1] = int(g + 0.5)
    image[row, column, 2] = int(b + 0.5)
    image[row, column, 3] = level


@scalar
def draw_pixel(image: Layers, row: int, column: int, starts: Starts, f: Constants) -> None:
    """Draw one ray through the pixel's centre."""
    size = image.shape[0]
    wx, wy = world_of_pixel(column + 0.5, row + 0.5, size, f)
    r, g, b, alpha = colour_of_ray(wx, wy, starts[row // TILE, column // TILE], f)
    put(image, row, column, r, g, b, alpha)


@scalar
def contrasts(image: Layers, row: int, column: int, threshold: float) -> bool:
    """Whether a neighbour differs by more than `threshold` levels in a channel."""
    last = image.shape[0] - 1
    for channel in range(4):
        here = float(image[row, column, channel])
        above = float(image[max(row - 1, 0), column, channel])
        below = float(image[min(row + 1, last), column, channel])
        before = float(image[row, max(column - 1, 0), channel])
        after = float(image[row, min(column + 1, last), channel])
        vertical = max(abs(here - above), abs(here - below))
        if max(vertical, max(abs(here - before), abs(here - after))) > threshold:
            return True
    return False


@scalar
def smooth_pixel(
    smooth: Layers, image: Layers, row: int, column: int, samples: int, starts: Starts, f: Constants
) -> None:
    """Copy a calm pixel of `image` to `smooth`; average `samples` more rays where it contrasts.

    Rays count as much as they cover, so no background gets into the colour of an edge.
    """
    size = image.shape[0]
    r = float(image[row, column, 0])
    g = float(image[row, column, 1])
    b = float(image[row, column, 2])
    alpha = float(image[row, column, 3]) / 255.0
    if samples > 0 and contrasts(image, row, column, _CONTRAST):
        r, g, b = r * alpha, g * alpha, b * alpha
        for i in range(samples):
            dx = (i + 0.5) / samples - 0.5
            late = 0.5 if i >= samples // 2 else 0.0
            dy = ((i * 2 + 1) % samples + late) / samples - 0.5
            wx, wy = world_of_pixel(column + 0.5 + dx, row + 0.5 + dy, size, f)
            sr, sg, sb, share = colour_of_ray(wx, wy, starts[row // TILE, column // TILE], f)
            r, g, b, alpha = r + share * sr, g + share * sg, b + share * sb, alpha + share
        total = max(alpha, 1e-6)
        r, g, b, alpha = r / total, g / total, b / total, alpha / (samples + 1)
    put(smooth, row, column, r, g, b, alpha)
