"""The skin of the head without lids and lips: skull, jaw, cheeks, nose and ears."""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import (
    bell,
    ellipsoid,
    length,
    round_cone_yz,
    smooth_max,
    smooth_min,
    step,
)


@scalar
def nose_distance(ax: float, y: float, z: float, f: Constants) -> float:
    """Distance to bridge, tip and wings of the nose; `ax` is |x|."""
    ty, tz, tr = f[at.NOSE_TIP_Y], f[at.NOSE_TIP_Z], f[at.NOSE_TIP_R]
    br = f[at.NOSE_BRIDGE_R]
    bridge = round_cone_yz(ax, y, z, 0.08, f[at.NOSE_BRIDGE_Z], br, ty + 0.03, tz - 0.03, tr * 0.78)
    tip = length(ax, y - ty, z - tz) - tr
    wing = length(ax - f[at.NOSE_WING_X], y - ty + 0.035, z - tz + 0.10) - f[at.NOSE_WING_R]
    return smooth_min(smooth_min(bridge, tip, 0.06), wing, 0.06)


@scalar
def ear_distance(ax: float, y: float, z: float, f: Constants) -> float:
    """Distance to an ear, a tilted and dished ellipsoid."""
    r = f[at.EAR_R]
    px, py, pz = ax - f[at.EAR_X], y + 0.06, z + 0.10
    px, pz = px * 0.88 + pz * 0.47, pz * 0.88 - px * 0.47
    shell = ellipsoid(px, py, pz, 0.075 * r, 0.205 * r, 0.145 * r)
    dish = ellipsoid(px - 0.07 * r, py - 0.02, pz - 0.03, 0.06 * r, 0.13 * r, 0.085 * r)
    return smooth_max(shell, -dish, 0.05)


@scalar
def skull_distance(ax: float, y: float, z: float, f: Constants) -> float:
    """Distance to the head's skin before lids, brows and lips; a lower bound when far."""
    cranium = ellipsoid(ax, y - 0.30, z + 0.12, f[at.CRAN_RX], f[at.CRAN_RY], 0.92)
    face = ellipsoid(ax, y - f[at.FACE_Y], z - 0.10, f[at.FACE_RX], f[at.FACE_RY], 0.67)
    d = smooth_min(cranium, face, 0.22)
    if d > 0.52:
        return d - 0.27
    ear = length(ax - f[at.EAR_X], y + 0.06, z + 0.10) - 0.28
    if ear < 0.1:
        d = smooth_min(d, ear_distance(ax, y, z, f), 0.06)
    if z < -0.3:
        return d
    if y < 0.25:
        jaw = length(ax - f[at.JAW_X], y - f[at.JAW_Y], z - 0.12) - f[at.JAW_R]
        d = smooth_min(d, jaw, 0.22)
        chin = length(ax * 0.85, y - f[at.CHIN_Y], z - f[at.CHIN_Z]) - f[at.CHIN_R]
        d = smooth_min(d, chin, 0.24)
        cheek = length(ax - f[at.CHEEK_X], y - f[at.CHEEK_Y], z - f[at.CHEEK_Z]) - f[at.CHEEK_R]
        d = smooth_min(d, cheek, 0.24)
        muzzle = ellipsoid(ax, y - f[at.MOUTH_Y], z - f[at.MUZZLE_Z], 0.30, 0.24, 0.28)
        d = smooth_min(d, muzzle, 0.16)
    return d


@scalar
def brow_mask(ax: float, y: float, brow_y: float, f: Constants) -> float:
    """Share of brow seen from the front, 0..1; `brow_y` is the height on this side."""
    inner, outer = f[at.BROW_INNER_X], f[at.BROW_OUTER_X]
    t = (ax - inner) / (outer - inner)
    arch = f[at.BROW_ARCH] * (1.0 - (t * 1.7 - 1.05) * (t * 1.7 - 1.05))
    middle = brow_y + arch - f[at.BROW_INNER_DROP] * (1.0 - t) * (1.0 - t)
    half = f[at.BROW_T] * (1.0 - 0.55 * t * t)
    across = step(half + 0.014, half - 0.014, abs(y - middle))
    return across * step(-0.06, 0.05, t) * step(1.06, 0.90, t)


@scalar
def beard_mask(ax: float, y: float, z: float, f: Constants) -> float:
    """Share of a full beard, 0..1, with a soft edge; the lips are left out elsewhere."""
    edge = -0.60 + 0.18 * step(0.10, 0.46, ax) + 0.55 * step(0.40, 0.72, ax)
    drop = 0.5 * (f[at.CHIN_Y] + 0.88)
    cheeks = step(-0.07, 0.07, edge + drop * step(0.4, 0.1, ax) - y)
    return cheeks * step(-0.30, 0.05, z) * step(0.10, -0.20, y)


@scalar
def moustache_mask(ax: float, y: float, f: Constants) -> float:
    """Share of moustache, 0..1; it follows the mouth corners down."""
    middle = f[at.MOUTH_Y] + 0.125 + 0.5 * f[at.GAP_UP] - 1.25 * ax * ax + 0.25 * f[at.CORNER]
    reach = f[at.MOUTH_W] + 0.05
    return bell((y - middle) / 0.075) * step(reach + 0.04, reach - 0.10, ax)


@scalar
def hair_growth(ax: float, y: float, z: float, f: Constants) -> float:
    """Height by which beard and moustache lift the skin."""
    lift = 0.0
    beard = f[at.BEARD_THICK]
    if beard > 0.0 and y < 0.1:
        lift += beard * beard_mask(ax, y, z, f) * f[at.BEARD]
    if f[at.MOUSTACHE] > 0.0 and ax < 0.5 and y < -0.3:
        lift += 0.05 * f[at.MOUSTACHE] * moustache_mask(ax, y, f)
    return lift


@scalar
def brow_lift(side: int, ax: float, y: float, f: Constants) -> float:
    """Height of the brow of `side` (0 right, 1 left) above the skin."""
    height = f[at.BROW_Y_R + side]
    if y < height - 0.25 or y > height + 0.2 or ax > 0.8:
        return 0.0
    return 0.028 * brow_mask(ax, y, height, f)


@scalar
def furrow_depth(ax: float, y: float, f: Constants) -> float:
    """Depth of the crease between drawn brows."""
    across = (ax - 0.055) / 0.025
    along = (y - 0.22) / 0.12
    return 0.02 * f[at.FURROW] * bell(across) * bell(along)


@scalar
def wrinkle(ax: float, y: float, f: Constants) -> float:
    """Depth of the fold from the nose to the mouth corner, deeper with age and smiling."""
    t = min(max((-0.36 - y) / 0.30, 0.0), 1.0)
    fold_x = 0.17 + (f[at.MOUTH_W] - 0.06) * t * math.sqrt(t + 0.05)
    along = step(-0.02, 0.25, t) * step(1.0, 0.6, t)
    return bell((ax - fold_x) / 0.035) * along * (0.3 * f[at.AGE] + 0.5 * max(f[at.SMILE], 0.0))
