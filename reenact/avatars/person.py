"""A synthetic person: the numbers that make a face somebody's, and nothing that moves."""

from dataclasses import dataclass
from typing import TypeAlias

Colour: TypeAlias = tuple[float, float, float]
"""sRGB, 0..1."""


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person. Factors are about 1; shares run 0..1; colours are sRGB 0..1.

    hair is a key of `hairstyles.HAIRSTYLES`; glasses is "none", "round", "square" or "soft".
    """

    name: str
    # head
    head_width: float = 1.0
    head_height: float = 1.0
    face_length: float = 1.0
    jaw_width: float = 1.0
    jaw_square: float = 0.3
    chin_size: float = 1.0
    chin_length: float = 0.0
    cheek_size: float = 1.0
    cheek_height: float = 0.0
    # nose
    nose_length: float = 1.0
    nose_width: float = 1.0
    nose_size: float = 1.0
    # eyes and brows
    eye_size: float = 1.0
    eye_distance: float = 1.0
    eye_tilt: float = 0.0
    eye_open: float = 1.0
    iris_size: float = 1.0
    lash: float = 0.5
    brow_height: float = 0.0
    brow_thickness: float = 1.0
    brow_arch: float = 0.5
    # mouth
    mouth_width: float = 1.0
    mouth_height: float = 0.0
    upper_lip: float = 1.0
    lower_lip: float = 1.0
    # ears and body
    ear_size: float = 1.0
    neck_width: float = 1.0
    shoulder_width: float = 1.0
    # hair, beard, glasses, age
    hair: str = "crop"
    hair_volume: float = 1.0
    hairline: float = 0.0
    hair_part: float = 0.0
    beard: float = 0.0
    moustache: float = 0.0
    stubble: float = 0.0
    glasses: str = "none"
    age: float = 0.0
    blush: float = 0.5
    # colours
    skin: Colour = (0.90, 0.70, 0.58)
    hair_colour: Colour = (0.25, 0.16, 0.10)
    brow_colour: Colour = (0.22, 0.14, 0.09)
    lip_colour: Colour = (0.80, 0.45, 0.42)
    iris: Colour = (0.35, 0.22, 0.12)
    shirt: Colour = (0.30, 0.45, 0.65)
    background: Colour = (0.75, 0.80, 0.85)
    frame_colour: Colour = (0.12, 0.10, 0.10)
