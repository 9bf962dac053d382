"""The skin of the head without lids and lips: skull, jaw, cheeks, nose and ears."""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import (
    bell,
    ellipsoid,
    length,
    mix,
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
def cheek_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to the cheek bones; each side has its own, and they fade over in the middle."""
    t = step(-0.12, 0.12, x)
    cy = mix(f[at.CHEEK_Y_R], f[at.CHEEK_Y_L], t)
    cz = mix(f[at.CHEEK_Z_R], f[at.CHEEK_Z_L], t)
    return length(abs(x) - f[at.CHEEK_X], y - cy, z - cz) - mix(f[at.CHEEK_R_R], f[at.CHEEK_R_L], t)


@scalar
def puff_distance(ax: float, y: float, z: float, f: Constants) -> float:
    """Distance to the air in a cheek, a ball that grows out from under the skin."""
    return length(ax - 0.38, y + 0.53, z - 0.34) - (0.05 + 0.21 * f[at.CHEEK_PUFF])


@scalar
def skull_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to the head's skin before lids, brows and lips; a lower bound when far."""
    ax = abs(x)
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
        d = smooth_min(d, cheek_distance(x, y, z, f), 0.24)
        if f[at.CHEEK_PUFF] > 0.0:
            d = smooth_min(d, puff_distance(ax, y, z, f), 0.20)
        muzzle_x = x - 0.5 * f[at.MOUTH_X]
        muzzle = ellipsoid(muzzle_x, y - f[at.MOUTH_Y], z - f[at.MUZZLE_Z], 0.30, 0.24, 0.28)
        d = smooth_min(d, muzzle, 0.16)
    return d


@scalar
def brow_mask(side: int, ax: float, y: float, f: Constants) -> float:
    """Share of the brow of `side` (0 right, 1 left) seen from the front, 0..1."""
    inner, outer = f[at.BROW_INNER_X_R + side], f[at.BROW_OUTER_X]
    t = (ax - inner) / (outer - inner)
    arch = f[at.BROW_ARCH] * (1.0 - (t * 1.7 - 1.05) * (t * 1.7 - 1.05))
    middle = f[at.BROW_Y_R + side] + arch + f[at.BROW_INNER_R + side] * (1.0 - t) * (1.0 - t)
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
def moustache_mask(x: float, y: float, f: Constants) -> float:
    """Share of moustache, 0..1; it follows the mouth corners down."""
    dx = x - f[at.MOUTH_X]
    side = 1 if dx > 0.0 else 0
    droop = 0.25 * mix(f[at.CORNER_MEAN], f[at.CORNER_R + side], step(0.0, 0.12, abs(dx)))
    middle = f[at.MOUTH_Y] + 0.125 + 0.5 * f[at.GAP_UP] - 1.25 * dx * dx + droop
    reach = f[at.MOUTH_W_R + side] + 0.05
    return bell((y - middle) / 0.075) * step(reach + 0.04, reach - 0.10, abs(dx))


@scalar
def hair_growth(x: float, y: float, z: float, f: Constants) -> float:
    """Height by which beard and moustache lift the skin."""
    ax = abs(x)
    lift = 0.0
    beard = f[at.BEARD_THICK]
    if beard > 0.0 and y < 0.1:
        lift += beard * beard_mask(ax, y, z, f) * f[at.BEARD]
    if f[at.MOUSTACHE] > 0.0 and ax < 0.5 and y < -0.3:
        lift += 0.05 * f[at.MOUSTACHE] * moustache_mask(x, y, f)
    return lift


@scalar
def brow_lift(side: int, ax: float, y: float, f: Constants) -> float:
    """Height of the brow of `side` (0 right, 1 left) above the skin."""
    height = f[at.BROW_Y_R + side]
    if y < height - 0.30 or y > height + 0.3 or ax > 0.8:
        return 0.0
    return 0.028 * brow_mask(side, ax, y, f)


@scalar
def furrow_depth(side: int, ax: float, y: float, f: Constants) -> float:
    """Depth of the crease beside a lowered brow."""
    across = (ax - 0.055) / 0.025
    along = (y - 0.22) / 0.12
    return 0.02 * f[at.FURROW_R + side] * bell(across) * bell(along)


@scalar
def wrinkle(side: int, ax: float, y: float, f: Constants) -> float:
    """Depth of the fold from the nose to the mouth corner, deeper with age and smiling."""
    t = min(max((-0.36 - y) / 0.30, 0.0), 1.0)
    fold_x = 0.17 + (f[at.MOUTH_W_R + side] - 0.06) * t * math.sqrt(t + 0.05)
    along = step(-0.02, 0.25, t) * step(1.0, 0.6, t)
    return bell((ax - fold_x) / 0.035) * along * (0.3 * f[at.AGE] + 0.5 * f[at.FOLD_R + side])
