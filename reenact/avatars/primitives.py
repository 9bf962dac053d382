"""Signed distances of simple solids and the smooth ways to join them.

After Inigo Quilez, https://iquilezles.org/articles/distfunctions/ and .../smin/ (quadratic).
"""

import math

from reenact.avatars.compiled import scalar


@scalar
def smooth_min(a: float, b: float, k: float) -> float:
    """Union of two distances with a fillet of about `k`."""
    h = max(k - abs(a - b), 0.0)
    return min(a, b) - h * h * 0.25 / k


@scalar
def smooth_max(a: float, b: float, k: float) -> float:
    """Intersection of two distances with a rounded edge of about `k`."""
    h = max(k - abs(a - b), 0.0)
    return max(a, b) + h * h * 0.25 / k


@scalar
def step(low: float, high: float, x: float) -> float:
    """Smoothstep: 0 at `low`, 1 at `high`, smooth between; `low` may exceed `high`."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@scalar
def bell(x: float) -> float:
    """Cheap Gaussian: 1 at zero, 0.25 at +-1, fading smoothly."""
    h = 1.0 + x * x
    return 1.0 / (h * h)


@scalar
def mix(a: float, b: float, t: float) -> float:
    """Linear blend: `a` at t = 0, `b` at t = 1."""
    return a + (b - a) * t


@scalar
def length(x: float, y: float, z: float) -> float:
    """Euclidean norm."""
    return math.sqrt(x * x + y * y + z * z)


@scalar
def ellipsoid(x: float, y: float, z: float, rx: float, ry: float, rz: float) -> float:
    """First-order distance to an ellipsoid at the origin."""
    px, py, pz = x / rx, y / ry, z / rz
    k0 = math.sqrt(px * px + py * py + pz * pz)
    qx, qy, qz = px / rx, py / ry, pz / rz
    k1 = math.sqrt(qx * qx + qy * qy + qz * qz)
    return k0 * (k0 - 1.0) / max(k1, 1e-6)


@scalar
def round_cone_yz(
    x: float, y: float, z: float,
    ay: float, az: float, ra: float,
    by: float, bz: float, rb: float,
) -> float:  # fmt: skip
    """Distance to a tapered capsule from (0, ay, az) to (0, by, bz)."""
    dy, dz = by - ay, bz - az
    h = ((y - ay) * dy + (z - az) * dz) / (dy * dy + dz * dz)
    h = min(max(h, 0.0), 1.0)
    return length(x, y - ay - h * dy, z - az - h * dz) - (ra + (rb - ra) * h)


@scalar
def capsule(
    x: float, y: float, z: float,
    ax: float, ay: float, az: float,
    bx: float, by: float, bz: float,
) -> float:  # fmt: skip
    """Distance to a line segment."""
    dx, dy, dz = bx - ax, by - ay, bz - az
    h = ((x - ax) * dx + (y - ay) * dy + (z - az) * dz) / (dx * dx + dy * dy + dz * dz)
    h = min(max(h, 0.0), 1.0)
    return length(x - ax - h * dx, y - ay - h * dy, z - az - h * dz)
