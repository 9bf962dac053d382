"""Colours of skin, eyes and the mouth's inside, which follow the same curves as their shapes."""

import math

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.face import lid_edges, lip_edges, lip_place, mouth_place
from reenact.avatars.layout import Constants
from reenact.avatars.primitives import bell, length, mix, step
from reenact.avatars.skull import beard_mask, brow_mask, moustache_mask, wrinkle

Paint = tuple[float, float, float, float]
"""Linear red, green, blue and gloss."""


@scalar
def lid_line(side: int, ax: float, y: float, z: float, f: Constants) -> float:
    """Share of lashes, 0..1: on the upper lid, stronger when shut and towards the outer corner."""
    if z < 0.3:
        return 0.0
    up, low, u = lid_edges(side, ax, f)
    if u < -1.15 or u > 1.35:
        return 0.0
    beyond = max(u - 1.0, 0.0)
    up = up + 0.35 * beyond * f[at.EYE_W]
    half = (0.010 + 0.016 * f[at.LASH]) * (0.75 + 0.35 * min(u, 1.0)) + 0.008 * f[at.BLINK_R + side]
    ends = step(-1.12, -0.85, u) * step(1.12 + 0.2 * f[at.LASH], 0.85, u)
    upper = step(half + 0.012, half * 0.4, abs(y - up - 0.3 * half)) * ends
    lower = 0.30 * bell((y - low + 0.006) / 0.016) * step(-1.0, -0.6, u) * step(1.1, 0.7, u)
    return max(upper * 0.92, lower)


@scalar
def lid_shade(side: int, ax: float, y: float, z: float, f: Constants) -> float:
    """Share of shade in the crease above the upper lid, 0..1."""
    if z < 0.3:
        return 0.0
    u = (ax - f[at.EYE_X]) / f[at.EYE_W]
    if abs(u) > 1.3:
        return 0.0
    arc = f[at.EYE_TILT] * u + 0.145 * (1.0 - 0.55 * u * u) * f[at.EYE_R] / 0.21
    arc = max(arc, lid_edges(side, ax, f)[0] + 0.028)
    return bell((y - arc) / 0.022) * step(1.25, 0.8, abs(u))


@scalar
def paint_lips(x: float, y: float, r: float, g: float, b: float, f: Constants) -> Paint:
    """Lay lips, their closing line and the shade below them over a skin colour."""
    v = lip_place(x, y, f)
    up, low, full = lip_edges(x, f)
    inside = step(0.0, 0.35, full)
    red = step(1.18, 0.82, v) * inside
    r, g, b = mix(r, f[at.LIP], red), mix(g, f[at.LIP + 1], red), mix(b, f[at.LIP + 2], red)
    u = abs(mouth_place(x, f)[0])
    edge = max(y - up, low - y)
    line = step(0.020, 0.004, abs(edge)) * step(1.12, 0.96, u) * 0.62
    r, g, b = r * (1.0 - line), g * (1.0 - line * 1.08), b * (1.0 - line * 1.05)
    return r, g, b, 0.10 + 0.45 * red


@scalar
def paint_skin(x: float, y: float, z: float, f: Constants) -> Paint:
    """Paint skin with blush, folds, brows, lashes, lips and beard."""
    ax = abs(x)
    side = 1 if x > 0.0 else 0
    r, g, b, gloss = f[at.SKIN], f[at.SKIN + 1], f[at.SKIN + 2], 0.10
    if z < 0.1:
        return r, g, b, gloss
    cheek = bell((ax - f[at.CHEEK_X]) / 0.24) * bell((y - f[at.CHEEK_Y_R + side] - 0.02) / 0.20)
    nose = bell(length(ax, y - f[at.NOSE_TIP_Y], 0.0) / 0.16)
    warm = f[at.BLUSH] * (0.42 * cheek + 0.25 * nose)
    g, b = g * (1.0 - 0.55 * warm), b * (1.0 - 0.50 * warm)
    nostril = bell(
        length(ax - 0.052, (y - f[at.NOSE_TIP_Y] + 0.10) * 1.4, z - f[at.NOSE_TIP_Z]) / 0.05
    )
    dark = 0.55 * nostril + 0.55 * wrinkle(side, ax, y, f) + 0.35 * lid_shade(side, ax, y, z, f)
    dark += 0.5 * f[at.FURROW_R + side] * bell((ax - 0.055) / 0.022) * bell((y - 0.22) / 0.11)
    dark = min(dark, 0.8)
    r, g, b = r * (1.0 - dark * 0.75), g * (1.0 - dark), b * (1.0 - dark)
    if y < 0.15:
        beard = beard_mask(ax, y, z, f) * max(f[at.BEARD] * 0.94, f[at.STUBBLE] * 0.42)
        moustache = moustache_mask(x, y, f) * max(f[at.MOUSTACHE], f[at.STUBBLE] * 0.35)
        grown = max(beard, min(moustache * 1.25, 0.95))
        h = at.HAIR_COLOUR
        r, g, b = mix(r, f[h], grown), mix(g, f[h + 1], grown), mix(b, f[h + 2], grown)
    if y < -0.3 and ax < 0.6:
        r, g, b, gloss = paint_lips(x, y, r, g, b, f)
    if y > 0.0:
        brow = 0.93 * brow_mask(side, ax, y, f)
        h = at.BROW_COLOUR
        r, g, b = mix(r, f[h], brow), mix(g, f[h + 1], brow), mix(b, f[h + 2], brow)
    if abs(y) < 0.3:
        lash = lid_line(side, ax, y, z, f)
        r, g, b = mix(r, 0.012, lash), mix(g, 0.008, lash), mix(b, 0.008, lash)
        gloss *= 1.0 - lash
    return r, g, b, gloss


@scalar
def paint_eye(x: float, y: float, z: float, f: Constants) -> Paint:
    """Paint sclera, limbal ring, iris and pupil, and the shadow that the upper lid throws."""
    side = 1 if x > 0.0 else 0
    ax = abs(x)
    inverse = 1.0 / f[at.EYE_R]
    nx = (ax - f[at.EYE_X]) * inverse * (1.0 if x > 0.0 else -1.0)
    ny, nz = y * inverse, (z - f[at.EYE_Z]) * inverse
    towards = nx * f[at.GAZE_X] + ny * f[at.GAZE_Y] + nz * f[at.GAZE_Z]
    angle = math.acos(min(max(towards, -1.0), 1.0)) / f[at.IRIS_R]
    r, g, b = 0.86, 0.86, 0.88
    iris = step(1.06, 0.96, angle)
    glow = 0.75 + 1.1 * bell(length(nx - f[at.GAZE_X], ny - f[at.GAZE_Y] + 0.26, 0.0) / 0.22)
    ring = step(0.78, 1.0, angle)
    k = glow * (1.0 - 0.72 * ring)
    r, g, b = (
        mix(r, f[at.IRIS] * k, iris),
        mix(g, f[at.IRIS + 1] * k, iris),
        mix(b, f[at.IRIS + 2] * k, iris),
    )
    pupil = step(0.52, 0.42, angle)
    r, g, b = mix(r, 0.008, pupil), mix(g, 0.007, pupil), mix(b, 0.008, pupil)
    up, low, u = lid_edges(side, ax, f)
    shade = 0.62 * step(0.085, -0.01, up - y) + 0.18 * step(0.03, 0.0, y - low) + 0.22 * u * u
    shade = 1.0 - min(shade, 0.8)
    return r * shade, g * shade, b * shade, 0.0


@scalar
def paint_inside(x: float, y: float, f: Constants) -> Paint:
    """Paint teeth, tongue and the dark of the mouth."""
    up, low, _ = lip_edges(x, f)
    place, side = mouth_place(x, f)
    u = abs(place)
    upper = step(-0.010, 0.010, y - f[at.TEETH_Y] - 0.02 * u * u)
    rim = max(f[at.TEETH_LOW_Y], low + 0.028 * step(0.35, 0.8, f[at.JAW]))
    lower = step(0.006, -0.006, y - rim - 0.02 * u * u) * step(0.95, 0.6, u)
    teeth = max(upper, lower * 0.8) * step(1.15, 0.80, u)
    centre = f[at.MOUTH_Y] - f[at.GAP_LOW]
    tongue = step(
        1.05,
        0.80,
        length(
            (x - f[at.MOUTH_X]) / (f[at.MOUTH_W_R + side] * 0.75),
            (y - centre) / (0.13 * f[at.JAW] + 0.01),
            0.0,
        ),
    )
    r, g, b = mix(0.055, 0.55, tongue), mix(0.010, 0.13, tongue), mix(0.014, 0.13, tongue)
    r, g, b = mix(r, 0.90, teeth), mix(g, 0.88, teeth), mix(b, 0.84, teeth)
    shade = 0.45 + 0.55 * step(0.0, 0.05, min(up - y, y - low + 0.03))
    return r * shade, g * shade, b * shade, 0.1
