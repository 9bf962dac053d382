"""Hair styles: each is a choice of the hair shell's numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Numbers of one style; lengths are in head units, about 10 cm."""

    cap: tuple[float, float, float]
    """Thickness at the sides, top and back."""
    window: tuple[float, float, float, float]
    """Half width of the face's window, height of its widest place, its height above that place,
    and its reach backwards."""
    cut: tuple[float, float] = (-0.20, 0.45)
    """Lower limit of the hair at z = 0, and its slope with z."""
    drape: tuple[float, float, float, float] | None = None
    """Half width, half depth, flare and end height of long hair; None for short hair."""
    puff: tuple[float, float, float, float, float, float] | None = None
    """Centre and radii of a quiff or bun, each (x, y, z); None where there is none."""
    curl: tuple[float, float] = (0.0, 9.0)
    """Height of the bumps of curls, and their frequency in radians per head unit."""
    slot: float = 0.0
    """Share by which the window narrows downwards."""
    lock: tuple[float, float] = (0.025, 17.0)
    """Depth of the grooves between locks, and their number in 2 pi radians round the head."""


HAIRSTYLES: dict[str, HairStyle | None] = {
    "bald": None,
    "crop": HairStyle((0.045, 0.12, 0.07), (0.70, 0.0, 0.66, 0.66)),
    "buzz": HairStyle((0.022, 0.035, 0.03), (0.70, 0.0, 0.68, 0.68), lock=(0.0, 17.0)),
    "quiff": HairStyle(
        (0.045, 0.10, 0.07),
        (0.70, 0.0, 0.66, 0.66),
        puff=(0.06, 0.98, 0.34, 0.50, 0.20, 0.44),
    ),
    "fringe_crop": HairStyle(
        (0.065, 0.14, 0.09), (0.70, -0.02, 0.53, 0.66), cut=(-0.26, 0.42), lock=(0.03, 20.0)
    ),
    "afro": HairStyle(
        (0.26, 0.22, 0.20),
        (0.66, 0.0, 0.66, 0.95),
        cut=(-0.42, 0.35),
        curl=(0.032, 9.0),
        lock=(0.0, 17.0),
    ),
    "curly": HairStyle(
        (0.13, 0.18, 0.14),
        (0.63, 0.0, 0.64, 0.80),
        cut=(-0.22, 0.40),
        curl=(0.028, 8.0),
        lock=(0.0, 17.0),
    ),
    "bob": HairStyle(
        (0.11, 0.13, 0.12),
        (0.66, -0.05, 0.66, 0.85),
        cut=(-9.0, 0.0),
        drape=(0.88, 0.72, 0.06, -0.92),
        slot=0.10,
    ),
    "fringe": HairStyle(
        (0.11, 0.13, 0.12),
        (0.66, -0.10, 0.55, 0.85),
        cut=(-9.0, 0.0),
        drape=(0.87, 0.72, 0.04, -0.85),
        slot=0.10,
    ),
    "long": HairStyle(
        (0.10, 0.12, 0.11),
        (0.66, -0.05, 0.68, 0.88),
        cut=(-9.0, 0.0),
        drape=(0.86, 0.70, 0.14, -1.75),
        slot=0.12,
    ),
    "wavy": HairStyle(
        (0.12, 0.14, 0.12),
        (0.66, -0.05, 0.68, 0.88),
        cut=(-9.0, 0.0),
        drape=(0.88, 0.72, 0.18, -1.70),
        curl=(0.030, 6.0),
        slot=0.12,
    ),
    "bun": HairStyle(
        (0.04, 0.09, 0.08),
        (0.69, 0.0, 0.68, 0.70),
        puff=(0.56, -0.62, -0.34, 0.27, 0.27, 0.25),
    ),
}
