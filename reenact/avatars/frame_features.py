"""Constants of a frame that depend on the person alone: hair, beard, glasses and colours."""

import numpy as np

from reenact.avatars import layout as at
from reenact.avatars.hairstyles import HAIRSTYLES
from reenact.avatars.layout import FrameConstants
from reenact.avatars.person import Person

_COLOURS = {
    at.SKIN: "skin",
    at.HAIR_COLOUR: "hair_colour",
    at.BROW_COLOUR: "brow_colour",
    at.LIP: "lip_colour",
    at.IRIS: "iris",
    at.SHIRT: "shirt",
    at.BACK: "background",
    at.FRAME_COLOUR: "frame_colour",
}

_GLASSES = {
    "round": (0.195, 0.185, 0.175),
    "square": (0.215, 0.165, 0.06),
    "soft": (0.215, 0.180, 0.12),
}
"""Half width, half height and corner radius of a lens."""


def fill_hair(f: FrameConstants, p: Person) -> None:
    """Scale the person's hair style to their skull."""
    style = HAIRSTYLES[p.hair]
    if style is None:
        return
    volume = p.hair_volume
    f[at.HAIR] = 1.0
    side, top, back = (t * volume for t in style.cap)
    f[at.CAP_RX], f[at.CAP_RY] = f[at.CRAN_RX] + side, f[at.CRAN_RY] + 0.5 * top + 0.02
    f[at.CAP_RZ], f[at.CAP_Y] = 0.93 + back, 0.30 + 0.5 * top
    half_width, widest, height, reach = style.window
    f[at.WIN_Y], f[at.WIN_RX] = widest, half_width * p.head_width
    f[at.WIN_RY], f[at.WIN_RZ] = height + p.hairline, reach
    f[at.WIN_PART] = p.hair_part
    f[at.CUT_Y], f[at.CUT_SLOPE] = style.cut
    f[at.SLOT] = style.slot
    if style.drape:
        f[at.DRAPE] = 1.0
        f[at.DRAPE_RX : at.DRAPE_RX + 4] = style.drape
        f[at.DRAPE_RX] *= p.head_width
    if style.puff:
        f[at.PUFF_X : at.PUFF_X + 6] = style.puff
    f[at.CURL], f[at.CURL_F] = style.curl
    f[at.LOCK], f[at.LOCK_K] = style.lock
    f[at.HAIR_BOUND] = 2.1 if style.drape else 1.32 + max(side, top)


def fill_beard_and_glasses(f: FrameConstants, p: Person) -> None:
    """Set beard, moustache, stubble and glasses."""
    f[at.BEARD], f[at.MOUSTACHE], f[at.STUBBLE] = p.beard, p.moustache, p.stubble
    f[at.BEARD_THICK] = 0.055 * p.beard
    if p.glasses != "none":
        width, height, corner = _GLASSES[p.glasses]
        f[at.GLASSES] = 1.0
        f[at.GLASS_X], f[at.GLASS_W], f[at.GLASS_H] = f[at.EYE_X] + 0.01, width, height
        f[at.GLASS_ROUND], f[at.GLASS_T] = corner, 0.019
        f[at.GLASS_Z] = f[at.EYE_Z] + f[at.EYE_R] + 0.10


def fill_looks(f: FrameConstants, p: Person) -> None:
    """Set the colours in linear light, and the shares of age, blush and lashes."""
    f[at.AGE], f[at.BLUSH], f[at.LASH] = p.age, p.blush, p.lash
    for place, name in _COLOURS.items():
        f[place : place + 3] = np.asarray(getattr(p, name)) ** 2.2
