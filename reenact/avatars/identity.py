"""People at random, wide enough to train on; `people.PEOPLE` holds the hand-made ones."""

import colorsys
from dataclasses import replace

import numpy as np

from reenact.avatars.hairstyles import HAIRSTYLES
from reenact.avatars.person import Colour, Person

_SKINS: tuple[Colour, ...] = (
    (0.97, 0.82, 0.73),
    (0.94, 0.76, 0.65),
    (0.88, 0.67, 0.53),
    (0.76, 0.54, 0.39),
    (0.60, 0.40, 0.28),
    (0.42, 0.26, 0.17),
)
_HAIRS: tuple[Colour, ...] = (
    (0.07, 0.06, 0.06),
    (0.18, 0.11, 0.07),
    (0.42, 0.25, 0.14),
    (0.74, 0.36, 0.15),
    (0.84, 0.66, 0.38),
    (0.80, 0.79, 0.78),
)
_IRISES: tuple[Colour, ...] = (
    (0.26, 0.15, 0.08),
    (0.36, 0.22, 0.11),
    (0.26, 0.46, 0.30),
    (0.26, 0.46, 0.64),
    (0.40, 0.46, 0.48),
)
_FACTORS = (
    "head_width", "jaw_width", "chin_size", "cheek_size", "nose_length", "nose_width", "nose_size",
    "eye_size", "eye_open", "iris_size", "brow_thickness", "mouth_width", "upper_lip", "lower_lip",
    "ear_size", "neck_width", "shoulder_width", "face_length",
)  # fmt: skip
_SPREADS = (
    0.025, 0.05, 0.08, 0.04, 0.04, 0.12, 0.08,
    0.045, 0.05, 0.03, 0.15, 0.05, 0.18, 0.15,
    0.08, 0.08, 0.05, 0.02,
)  # fmt: skip


def random_identity(seed: int) -> Person:
    """The person of this seed, always the same."""
    rng = np.random.default_rng(seed)
    factors = {
        name: 1.0 + spread * float(np.clip(rng.normal(), -1.8, 1.8))
        for name, spread in zip(_FACTORS, _SPREADS, strict=True)
    }
    person = replace(Person(f"person-{seed}"), **factors)  # type: ignore[arg-type]
    person = _with_colours(person, rng)
    return _with_dress(person, rng)


def _between(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    """A colour on the way between two neighbours."""
    place = rng.uniform(0.0, len(colours) - 1.001)
    i, t = int(place), place % 1.0
    mixed = (1.0 - t) * np.array(colours[i]) + t * np.array(colours[i + 1])
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def _bright(rng: np.random.Generator, saturation: float, value: float) -> Colour:
    return colorsys.hsv_to_rgb(
        rng.random(), saturation * rng.uniform(0.3, 1.0), value * rng.uniform(0.75, 1.0)
    )


def _with_colours(person: Person, rng: np.random.Generator) -> Person:
    skin = _between(_SKINS, rng)
    hair = _HAIRS[rng.integers(len(_HAIRS))] if skin[0] > 0.8 else _HAIRS[rng.integers(2)]
    red = rng.uniform(0.35, 0.75)
    return replace(
        person,
        skin=skin,
        hair_colour=hair,
        brow_colour=(hair[0] * 0.72, hair[1] * 0.70, hair[2] * 0.70),
        lip_colour=(skin[0] * 0.92, skin[1] * red, skin[2] * (red + 0.1)),
        iris=_IRISES[rng.integers(len(_IRISES))] if skin[0] > 0.8 else _IRISES[rng.integers(2)],
        shirt=_bright(rng, 0.8, 0.9),
        background=_bright(rng, 0.3, 0.95),
        frame_colour=_bright(rng, 0.7, 0.45),
    )


def _with_dress(person: Person, rng: np.random.Generator) -> Person:
    grown = rng.random() < 0.5
    bearded = grown and rng.random() < 0.5
    soft = (
        "crop", "quiff", "buzz", "bald", "curly", "fringe_crop"
    ) if grown else tuple(h for h in HAIRSTYLES if h not in ("bald", "buzz", "quiff"))  # fmt: skip
    return replace(
        person,
        hair=str(rng.choice(soft)),
        hair_part=float(rng.uniform(-0.14, 0.14)),
        jaw_square=float(rng.uniform(0.2, 0.9) if grown else rng.uniform(0.0, 0.3)),
        lash=float(rng.uniform(0.2, 0.5) if grown else rng.uniform(0.5, 1.0)),
        brow_arch=float(rng.uniform(0.0, 0.5) if grown else rng.uniform(0.4, 1.0)),
        eye_tilt=float(rng.uniform(-0.01, 0.03)),
        beard=float(rng.uniform(0.6, 1.0)) if bearded else 0.0,
        moustache=float(rng.uniform(0.7, 1.0))
        if bearded or (grown and rng.random() < 0.2)
        else 0.0,
        stubble=float(rng.uniform(0.0, 0.6)) if grown else 0.0,
        glasses=str(rng.choice(("round", "square", "soft"))) if rng.random() < 0.3 else "none",
        age=float(rng.uniform(0.0, 0.7)),
        blush=float(rng.uniform(0.3, 0.8)),
    )
