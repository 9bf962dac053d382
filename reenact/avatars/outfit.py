"""Glasses in head space, and neck and shirt in world space, which follow the head in part."""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import capsule, ellipsoid, length, smooth_min


@scalar
def glasses_distance(ax: float, y: float, z: float, f: Constants) -> float:
    """Distance to rims, bridge and temple arms; `ax` is |x|."""
    thick = f[at.GLASS_T]
    bound = length(ax * 0.8, y, (z - 0.45) * 0.8) - 0.80
    if bound > 0.2:
        return bound
    gx, gw, gh, gz = f[at.GLASS_X], f[at.GLASS_W], f[at.GLASS_H], f[at.GLASS_Z]
    corner = f[at.GLASS_ROUND]
    qx, qy = abs(ax - gx) - gw + corner, abs(y + 0.02) - gh + corner
    outside = math.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2) + min(max(qx, qy), 0.0) - corner
    bent_z = z - gz + 0.22 * (ax - 0.15) * (ax - 0.15)
    rim = math.sqrt(outside * outside + bent_z * bent_z) - thick
    bridge = capsule(ax, y, z, 0.0, 0.065, gz + 0.01, gx - gw, 0.04, gz) - thick * 0.9
    arm_x, arm_z = gx + gw, gz - 0.07
    arm = capsule(ax, y, z, arm_x, 0.05, arm_z, f[at.EAR_X] + 0.01, 0.06, -0.10) - thick * 0.85
    return min(rim, min(bridge, arm))


@scalar
def neck_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to a column from the nape to the collar."""
    d = capsule(
        x, y, z,
        f[at.NECK_X], f[at.NECK_Y], f[at.NECK_Z],
        f[at.TORSO_X], f[at.TORSO_Y] - 1.45, f[at.TORSO_Z] - 0.22,
    )  # fmt: skip
    return d - f[at.NECK_R]


@scalar
def shirt_distance(x: float, y: float, z: float, f: Constants) -> float:
    """Distance to shoulders, chest and a soft crew collar."""
    px, py, pz = x - f[at.TORSO_X], y - f[at.TORSO_Y], z - f[at.TORSO_Z]
    if py > -0.6:
        return py + 1.0
    ax = abs(px)
    sx, sy, sr = f[at.SHOULDER_X], f[at.SHOULDER_Y], f[at.SHOULDER_R]
    shoulder = capsule(ax, py, pz, 0.0, sy + 0.08, -0.2, sx, sy - 0.10, -0.22) - sr
    chest = ellipsoid(ax, py + 2.1, pz + 0.1, 0.95, 0.85, 0.62)
    body = smooth_min(shoulder, chest, 0.25)
    nape = ellipsoid(ax, py + 1.42, pz + 0.22, f[at.NECK_R] + 0.20, 0.28, f[at.NECK_R] + 0.16)
    body = smooth_min(body, nape, 0.25)
    cy = py + 1.20 + 0.28 * (pz + 0.2)
    ring = math.sqrt(ax * ax + (pz + 0.20) * (pz + 0.20)) - f[at.NECK_R] - 0.055
    collar = math.sqrt(ring * ring + cy * cy) - 0.055
    return smooth_min(body, collar, 0.04)
