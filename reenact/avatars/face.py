"""The moving skin of the face: lids over eye balls, lips round an opening that shows the mouth."""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import bell, length, smooth_max, smooth_min, step
from reenact.avatars.skull import (
    brow_lift,
    furrow_depth,
    hair_growth,
    nose_distance,
    skull_distance,
)

FAR = 1e3
"""Distance that stands for a part too far away to be computed, in head units."""


@scalar
def lid_edges(side: int, ax: float, f: Constants) -> tuple[float, float, float]:
    """Heights of the upper and lower lid edge at `ax`, and the place across the eye, -1..1."""
    u = (ax - f[at.EYE_X]) / f[at.EYE_W]
    middle = f[at.EYE_TILT] * u
    hump = 1.0 - u * u
    up = middle + f[at.LID_UP_R + side] * hump * (1.0 - 0.12 * u)
    low = middle + f[at.LID_LOW_R + side] * hump * (1.0 + 0.10 * u)
    return up, low, u


@scalar
def add_eye(
    side: int, ax: float, y: float, z: float, skin: float, f: Constants
) -> tuple[float, float]:
    """Add socket, lids and their opening to the skin; also returns the eye ball's distance."""
    dx, dz = ax - f[at.EYE_X], z - f[at.EYE_Z]
    r = length(dx, y, dz)
    ball = r - f[at.EYE_R]
    if ball > 0.30:
        return skin, ball
    socket = length(dx * 0.85 - 0.02, y * 0.95, dz - 0.50) - 0.29
    skin = smooth_max(skin, -socket, 0.14)
    skin = smooth_min(skin, ball - 0.024, 0.07)
    up, low, u = lid_edges(side, ax, f)
    opening = max(y - up, low - y) * 0.75 + 0.1 * max(u * u - 1.0, 0.0)
    return smooth_max(skin, -opening, 0.022), ball


@scalar
def mouth_place(x: float, f: Constants) -> tuple[float, int]:
    """Place across the mouth, -1 at its right corner to 1 at its left, and the half it lies in."""
    dx = x - f[at.MOUTH_X]
    side = 1 if dx > 0.0 else 0
    return dx / f[at.MOUTH_W_R + side], side


@scalar
def lip_edges(x: float, f: Constants) -> tuple[float, float, float]:
    """Heights where the upper lip ends and the lower begins at `x`, and fullness there, 0..1.

    The mouth's halves meet smoothly in its middle, where u * u is flat.
    """
    u, side = mouth_place(x, f)
    uu = min(u * u, 2.0)
    line = f[at.MOUTH_Y] + f[at.CORNER_R + side] * uu - 0.15 * f[at.CORNER_MEAN]
    hump = 1.0 - uu
    full = max(hump, 0.0)
    up, low = line + f[at.GAP_UP] * hump, line - f[at.GAP_LOW] * hump * (1.0 + 0.5 * min(uu, 1.0))
    return up, low, math.sqrt(full)


@scalar
def lip_place(x: float, y: float, f: Constants) -> float:
    """Place across a lip: 0 at the opening, 1 at the outer edge; below zero inside the mouth."""
    up, low, full = lip_edges(x, f)
    if y > 0.5 * (up + low):
        bow = 1.0 - 0.22 * bell((x - f[at.MOUTH_X]) / 0.05)
        return (y - up) / (f[at.LIP_UP] * full * bow + 0.012)
    return (low - y) / (f[at.LIP_LOW] * full + 0.012)


@scalar
def add_mouth(x: float, y: float, z: float, skin: float, f: Constants) -> tuple[float, float]:
    """Add lips and their opening to the skin; also returns the distance to the mouth's inside."""
    up, low, full = lip_edges(x, f)
    v = lip_place(x, y, f)
    inside = skin + 0.065
    u, side = mouth_place(x, f)
    corner_y = f[at.MOUTH_Y] + f[at.CORNER_R + side]
    beyond = (abs(u) - 1.0) * f[at.MOUTH_W_R + side] - 0.015
    dimple = bell(beyond / 0.05) * bell((y - corner_y) / 0.05)
    lips = f[at.LIP_H] * bell((v - 0.35) / 0.75) * step(0.0, 0.55, full)
    skin += 0.022 * dimple - lips
    opening = max(y - up, low - y) * f[at.OPEN_SLOPE] + 0.1 * max(u * u - 1.0, 0.0)
    return smooth_max(skin, -opening, 0.03), inside


@scalar
def face_distances(x: float, y: float, z: float, f: Constants) -> tuple[float, float, float]:
    """Distances to skin, eye balls and the mouth's inside."""
    ax = abs(x)
    skin = skull_distance(x, y, z, f)
    eye, inside = FAR, FAR
    if skin > 0.52 or z < -0.3:
        return skin, eye, inside
    side = 1 if x > 0.0 else 0
    if y < 0.1:
        skin -= hair_growth(x, y, z, f)
    if z > 0.2:
        if y > -0.4:
            skin -= brow_lift(side, ax, y, f)
            if f[at.FURROW_R + side] > 0.0 and ax < 0.2:
                skin += furrow_depth(side, ax, y, f)
            skin, eye = add_eye(side, ax, y, z, skin, f)
        if ax < 0.5 and y < 0.5 and y > -0.8:
            skin = smooth_min(skin, nose_distance(ax, y, z, f), 0.10)
        if y < -0.30 and ax < 0.6:
            skin, inside = add_mouth(x, y, z, skin, f)
    return skin, eye, inside
