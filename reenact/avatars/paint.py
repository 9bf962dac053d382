"""Colour and gloss of every part; those of the face are in `paint_face`."""

from reenact.avatars import layout as at
from reenact.avatars import scene
from reenact.avatars.compiled import scalar
from reenact.avatars.hair import lock_groove, strands
from reenact.avatars.layout import Constants
from reenact.avatars.paint_face import Paint, paint_eye, paint_inside, paint_skin
from reenact.avatars.primitives import step
from reenact.avatars.scene import head_from_world


@scalar
def paint_plain(colour: int, gloss: float, f: Constants) -> Paint:
    """Paint in the colour that begins at a place of the layout."""
    return f[colour], f[colour + 1], f[colour + 2], gloss


@scalar
def paint_hair(x: float, y: float, z: float, f: Constants) -> Paint:
    """Paint hair, darker in the grooves between locks, with fine strands; curls are dull."""
    k = 1.06 - 0.28 * lock_groove(x, y, z, f) * step(0.0, 0.02, f[at.LOCK])
    k += 0.06 * strands(x, y, z, f)
    r, g, b = f[at.HAIR_COLOUR] * k, f[at.HAIR_COLOUR + 1] * k, f[at.HAIR_COLOUR + 2] * k
    return r, g, b, 0.12 if f[at.CURL] > 0.0 else 0.35


@scalar
def paint(part: int, wx: float, wy: float, wz: float, f: Constants) -> Paint:
    """Paint a part at a world point."""
    x, y, z = head_from_world(wx, wy, wz, f)
    if part == scene.SKIN:
        return paint_skin(x, y, z, f)
    if part == scene.EYE:
        return paint_eye(x, y, z, f)
    if part == scene.INSIDE:
        return paint_inside(x, y, f)
    if part == scene.HAIR:
        return paint_hair(x, y, z, f)
    if part == scene.SHIRT:
        return paint_plain(at.SHIRT, 0.03, f)
    if part == scene.GLASSES:
        return paint_plain(at.FRAME_COLOUR, 0.8, f)
    return paint_plain(at.SKIN, 0.05, f)
