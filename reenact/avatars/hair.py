"""Hair as one smooth shell: a cap, an optional drape to the shoulders, an optional puff or bun.

A window is cut out of it for the face; every style is a choice of the same numbers.
"""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import ellipsoid, length, smooth_max, smooth_min, step


@scalar
def window_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to the volume before the face that the hair leaves free."""
    dx = x - f[at.WIN_PART] * step(0.15, 0.6, y)
    dy = y - f[at.WIN_Y]
    rx, rz = f[at.WIN_RX], f[at.WIN_RZ]
    if dy < 0.0:
        rx *= 1.0 - f[at.SLOT] * step(0.0, -0.9, dy)
        rz += 0.55 * f[at.DRAPE] * step(-0.3, -0.9, dy)
        dy = 0.0
    return ellipsoid(dx, dy, z - 0.95, rx, f[at.WIN_RY], rz)


@scalar
def drape_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Long hair: a widening tube from the crown down, rounded off at the end."""
    down = step(0.3, -1.1, y)
    rx = f[at.DRAPE_RX] + f[at.DRAPE_FLARE] * down
    rz = f[at.DRAPE_RZ]
    px, pz = x / rx, (z + 0.20) / rz
    tube = (math.sqrt(px * px + pz * pz) - 1.0) * rz
    return smooth_max(smooth_max(tube, f[at.DRAPE_END] - y, 0.30), y - 0.45, 0.5)


@scalar
def curls(x: float, y: float, z: float, f: Constants) -> float:
    """Bumps of curly or wavy hair."""
    k = f[at.CURL_F]
    return (
        f[at.CURL] * math.sin(k * x + 1.3 * math.sin(2.0 * y)) * math.sin(k * y) * math.cos(k * z)
    )


@scalar
def lock_groove(x: float, y: float, z: float, f: Constants) -> float:
    """Depth between locks combed back and down, 0 on a lock to 1 in the groove."""
    angle = math.atan2(x - f[at.WIN_PART] * 0.8, z + 1.25)
    wave = 0.5 + 0.5 * math.cos(f[at.LOCK_K] * angle + 1.1 * y)
    return wave * wave


@scalar
def strands(x: float, y: float, z: float, f: Constants) -> float:
    """Light and dark of single strands along the locks, about -1..1."""
    angle = math.atan2(x - f[at.WIN_PART] * 0.8, z + 1.25)
    bend = 0.25 * math.sin(2.3 * y + 3.0 * z) + 0.1 * math.sin(5.1 * y - 4.0 * x)
    fine = math.sin(83.0 * (angle + 0.10 * bend)) * math.sin(31.0 * angle + 4.0 * bend)
    return 0.6 * fine + 0.4 * math.sin(137.0 * angle + 9.0 * bend)


@scalar
def hair_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to the hair; a lower bound when far."""
    bound = length(x, y - 0.1, z + 0.1) - f[at.HAIR_BOUND]
    if bound > 0.3:
        return bound
    d = ellipsoid(x, y - f[at.CAP_Y], z + 0.14, f[at.CAP_RX], f[at.CAP_RY], f[at.CAP_RZ])
    d = smooth_max(d, f[at.CUT_Y] + f[at.CUT_SLOPE] * z - y, 0.08)
    if f[at.PUFF_RX] > 0.0:
        px, py, pz = x - f[at.PUFF_X], y - f[at.PUFF_Y], z - f[at.PUFF_Z]
        puff = ellipsoid(px, py, pz, f[at.PUFF_RX], f[at.PUFF_RY], f[at.PUFF_RZ])
        d = smooth_min(d, puff, 0.12)
    if f[at.DRAPE] > 0.0:
        d = smooth_min(d, drape_distance(x, y, z, f), 0.20)
    if d > 0.27:
        return d - f[at.CURL]
    d = smooth_max(d, -window_distance(x, y, z, f), 0.09)
    if abs(d) > 0.12:
        return d
    relief = 0.0
    if f[at.CURL] > 0.0:
        relief = curls(x, y, z, f)
    if f[at.LOCK] > 0.0:
        relief -= f[at.LOCK] * lock_groove(x, y, z, f)
    return d - relief * step(0.12, 0.04, abs(d))
