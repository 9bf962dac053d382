"""Light on a surface point: soft key light, sky, bounce, rim light, and red in skin's shadow."""

import math

from reenact.avatars import layout as at
from reenact.avatars import scene
from reenact.avatars.compiled import scalar
from reenact.avatars.layout import Constants
from reenact.avatars.paint import paint
from reenact.avatars.primitives import bell, mix, step
from reenact.avatars.scene import distance, head_from_world, soft_distance

KEY_X, KEY_Y, KEY_Z = -0.42, 0.56, 0.714
"""Unit vector to the key light in world space: from the picture's upper left, and the front."""


@scalar
def normal_at(x: float, y: float, z: float, f: Constants) -> tuple[float, float, float]:
    """Outward normal by four samples on a tetrahedron."""
    e = 0.007  # two thirds of a pixel at 256, so that no finer detail tilts the normal
    a = distance(x + e, y - e, z - e, f)
    b = distance(x - e, y - e, z + e, f)
    c = distance(x - e, y + e, z - e, f)
    d = distance(x + e, y + e, z + e, f)
    nx, ny, nz = a - b - c + d, c + d - a - b, b + d - a - c
    inverse = 1.0 / (math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12)
    return nx * inverse, ny * inverse, nz * inverse


@scalar
def shadow_at(x: float, y: float, z: float, f: Constants) -> float:
    """Light that arrives, 0 in full shadow to 1: three fixed steps to the light, so no bands."""
    lit = 1.0
    for i in range(3):
        t = 0.07 + 0.10 * i + 0.05 * i * i
        d = soft_distance(x + KEY_X * t, y + KEY_Y * t, z + KEY_Z * t, f)
        lit = min(lit, step(-0.25, 0.45, d / t))
    return lit


@scalar
def occlusion_at(
    x: float, y: float, z: float, nx: float, ny: float, nz: float, f: Constants
) -> float:
    """Openness to the sky, from 0 in a crease to 1 in the open."""
    near = soft_distance(x + nx * 0.06, y + ny * 0.06, z + nz * 0.06, f)
    far = soft_distance(x + nx * 0.20, y + ny * 0.20, z + nz * 0.20, f)
    closed = (0.06 - near) * 4.5 + (0.20 - far) * 2.2
    return 1.0 - min(max(closed, 0.0), 0.85)


@scalar
def background(wx: float, wy: float, f: Constants) -> tuple[float, float, float]:
    """A lit backdrop: bright behind the head, darker towards the corners."""
    u = (wx - f[at.CENTRE_X]) / f[at.SIDE] * 2.0
    v = (wy - f[at.CENTRE_Y]) / f[at.SIDE] * 2.0
    k = 0.62 + 0.46 * bell(math.sqrt(u * u + (v - 0.1) * (v - 0.1)) / 1.5)
    return f[at.BACK] * k, f[at.BACK + 1] * k, f[at.BACK + 2] * k


@scalar
def eye_glint(wx: float, wy: float, wz: float, f: Constants) -> float:
    """Two highlights that do not move when the eye turns, as reflections do not."""
    x = head_from_world(wx, wy, wz, f)[0]
    sx = f[at.EYE_X] if x > 0.0 else -f[at.EYE_X]
    dz = f[at.EYE_Z] - f[at.PIVOT_Z]
    cx = f[at.R00] * sx + f[at.R02] * dz
    cy = f[at.R10] * sx + f[at.R12] * dz
    nx, ny = (wx - cx) / f[at.EYE_R], (wy - cy) / f[at.EYE_R]
    big = step(0.135, 0.085, math.sqrt((nx + 0.17) ** 2 + (ny - 0.19) ** 2))
    small = step(0.075, 0.035, math.sqrt((nx - 0.19) ** 2 + (ny + 0.20) ** 2))
    return max(big, 0.45 * small)


@scalar
def key_light(
    part: int, x: float, y: float, z: float, nx: float, ny: float, nz: float, f: Constants
) -> tuple[float, float, float]:
    """Key light on red, on green and blue, and the share that no shadow takes.

    Skin wraps the light further round in red and lets some red into shadow: cheap scattering.
    """
    towards = nx * KEY_X + ny * KEY_Y + nz * KEY_Z
    lit = 1.0
    if part != scene.EYE:
        lit = 0.0
        if towards > -0.4:
            lit = shadow_at(x + nx * 0.02, y + ny * 0.02, z + nz * 0.02, f)
    if part != scene.SKIN and part != scene.NECK:
        key = max((towards + 0.30) / 1.30, 0.0) * lit
        return key, key, lit
    red = max((towards + 0.55) / 1.55, 0.0) * mix(lit, 1.0, 0.18)
    return red, max((towards + 0.32) / 1.32, 0.0) * lit, lit


@scalar
def specular(nx: float, ny: float, nz: float, gloss: float) -> float:
    """A broad and a narrow highlight of the key light."""
    hx, hy, hz = KEY_X * 0.54, KEY_Y * 0.54, (KEY_Z + 1.0) * 0.54
    half = max(nx * hx + ny * hy + nz * hz, 0.0)
    sharp = half**8
    return gloss * (0.22 * sharp * sharp + 0.5 * sharp**6 * gloss)


@scalar
def rim_light(nx: float, ny: float, nz: float) -> float:
    """Light from behind on grazing surfaces, strongest at the upper right."""
    grazing = 1.0 - max(nz, 0.0)
    return 0.16 * grazing * grazing * grazing * (0.35 + 0.65 * max(nx * 0.8 + ny * 0.5, 0.0))


@scalar
def shade(part: int, x: float, y: float, z: float, f: Constants) -> tuple[float, float, float]:
    """Linear colour of a surface point seen from the camera at +z."""
    nx, ny, nz = normal_at(x, y, z, f)
    r, g, b, gloss = paint(part, x, y, z, f)
    open_sky = occlusion_at(x, y, z, nx, ny, nz, f)
    key_r, key_gb, lit = key_light(part, x, y, z, nx, ny, nz, f)
    sky = (0.62 + 0.38 * ny) * 0.42 * open_sky
    bounce = ((0.5 - 0.5 * ny) * 0.14 + 0.16 * max(nz, 0.0)) * open_sky
    rim = rim_light(nx, ny, nz) * open_sky
    shine = specular(nx, ny, nz, gloss) * lit
    if part == scene.EYE:
        key_r, key_gb, rim = 0.45 + 0.45 * key_r, 0.45 + 0.45 * key_gb, 0.0
        shine = eye_glint(x, y, z, f) * 0.95
    light_r, light_gb = 1.02 * key_r, 0.98 * key_gb
    r = r * (light_r + sky * 0.98 + bounce * 1.10) + rim * (0.2 + r)
    g = g * (light_gb + sky + bounce) + rim * (0.2 + g)
    b = b * (light_gb * 0.97 + sky * 1.05 + bounce * 0.95) + rim * (0.2 + b)
    return r + shine, g + shine, b + shine
