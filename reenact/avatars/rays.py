"""Parallel rays into the scene, straight down the world's z, each with one colour.

They advance by the distance to the nearest surface (sphere tracing). Blended and lifted surfaces
are a little nearer than that, so a ray takes only 0.85 or 0.88 of each step.
"""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.light import background, shade
from reenact.avatars.primitives import mix
from reenact.avatars.scene import HAIR, SKIN, distance, nearest

NEAR_Z, FAR_Z = 2.2, -2.2
"""Where rays begin and end; all parts of all heads lie between."""

FUZZ = 0.010
"""Width of the soft outline of hair in head units: one pixel at 256."""


@scalar
def safe_start(wx: float, wy: float, radius: float, f: Constants) -> float:
    """Depth before which no ray within `radius` of this one meets a surface; FAR_Z if none does."""
    z = NEAR_Z
    for _ in range(48):
        d = distance(wx, wy, z, f)
        if d < radius:
            return z + radius
        z -= max(d - radius * 0.5, 0.3 * radius) * 0.85
        if z < FAR_Z:
            break
    return FAR_Z


@scalar
def display(linear: float) -> float:
    """Turn linear light into an 8-bit sRGB level, with a soft shoulder for highlights."""
    c = max(linear, 0.0)
    c = c * (1.0 + 0.18 * c) / (1.0 + 0.38 * c)
    return min(255.0, 255.0 * math.pow(c, 1.0 / 2.2))


@scalar
def colour_of_ray(
    wx: float, wy: float, start: float, f: Constants
) -> tuple[float, float, float, float]:
    """Display colour, 0..255, of the ray at a world (x, y) that begins at depth `start`.

    Also its coverage: 1, or less where there is no backdrop and the ray meets nothing or passes
    close to hair, whose outline is soft.
    """
    z, part = start, SKIN
    near, near_z = FUZZ, FAR_Z
    if z > FAR_Z:
        for _ in range(64):
            d, part = nearest(wx, wy, z, True, f)
            if d < 0.003:  # a third of a pixel at 256
                break
            if part == HAIR and d < near:
                near, near_z = d, z
            z -= d * 0.88
            if z < FAR_Z:
                break
    cover = 1.0
    if z <= FAR_Z:
        z, part, cover = near_z, HAIR, 1.0 - near / FUZZ
    r, g, b = 0.0, 0.0, 0.0
    if cover > 0.0:
        r, g, b = shade(part, wx, wy, z, f)
        r, g, b = display(r), display(g), display(b)
    if cover < 1.0 and f[at.BACKDROP] > 0.0:
        br, bg, bb = background(wx, wy, f)
        r, g, b = mix(display(br), r, cover), mix(display(bg), g, cover), mix(display(bb), b, cover)
        cover = 1.0
    return r, g, b, cover
