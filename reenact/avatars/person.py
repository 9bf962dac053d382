"""A synthetic person: the numbers of one face at rest."""

from dataclasses import dataclass
from typing import TypeAlias

Colour: TypeAlias = tuple[float, float, float]
"""sRGB, 0..1."""


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person.

    Factors are about 1, shares run from 0 to 1, a head unit is about 10 cm.
    """

    name: str
    """Name of the person, lower-case ASCII."""
    # head
    head_width: float = 1.0
    """Factor of the width of the skull."""
    head_height: float = 1.0
    """Factor of the height of the cranium."""
    face_length: float = 1.0
    """Factor of the distance from the eyes to the chin."""
    jaw_width: float = 1.0
    """Factor of the width of the jaw."""
    jaw_square: float = 0.3
    """Share of squareness of the jaw."""
    chin_size: float = 1.0
    """Factor of the radius of the chin."""
    chin_length: float = 0.0
    """Head units by which the chin reaches further down."""
    cheek_size: float = 1.0
    """Factor of the radius of the cheeks."""
    cheek_height: float = 0.0
    """Head units by which the cheeks stand higher."""
    # nose
    nose_length: float = 1.0
    """Factor of the length of the nose."""
    nose_width: float = 1.0
    """Factor of the width of bridge and wings."""
    nose_size: float = 1.0
    """Factor of the radius of tip and wings."""
    # eyes and brows
    eye_size: float = 1.0
    """Factor of the size of the eyes."""
    eye_distance: float = 1.0
    """Factor of the distance between the eyes."""
    eye_tilt: float = 0.0
    """Head units by which the outer corners of the eyes stand higher than their middles."""
    eye_open: float = 1.0
    """Factor of how far the upper lids are open at rest."""
    iris_size: float = 1.0
    """Factor of the radius of the irises."""
    lash: float = 0.5
    """Share of strength of the lashes."""
    brow_height: float = 0.0
    """Head units by which the brows stand higher."""
    brow_thickness: float = 1.0
    """Factor of the thickness of the brows."""
    brow_arch: float = 0.5
    """Share of arch of the brows."""
    # mouth
    mouth_width: float = 1.0
    """Factor of the width of the mouth."""
    mouth_height: float = 0.0
    """Head units by which the mouth stands higher."""
    upper_lip: float = 1.0
    """Factor of the fullness of the upper lip."""
    lower_lip: float = 1.0
    """Factor of the fullness of the lower lip."""
    # ears and body
    ear_size: float = 1.0
    """Factor of the size of the ears."""
    neck_width: float = 1.0
    """Factor of the width of the neck."""
    shoulder_width: float = 1.0
    """Factor of the width of the shoulders."""
    # hair, beard, glasses, age
    hair: str = "crop"
    """Style of the hair, a key of `hairstyles.HAIRSTYLES`."""
    hair_volume: float = 1.0
    """Factor of the thickness of the hair."""
    hairline: float = 0.0
    """Head units by which the hairline lies higher."""
    hair_part: float = 0.0
    """Head units by which the parting lies to the picture's right."""
    beard: float = 0.0
    """Share of a full beard."""
    moustache: float = 0.0
    """Share of a full moustache."""
    stubble: float = 0.0
    """Share of stubble."""
    glasses: str = "none"
    """Form of the glasses: "none", "round", "square" or "soft"."""
    age: float = 0.0
    """Share of folds beside the mouth."""
    blush: float = 0.5
    """Share of red on cheeks and nose."""
    # colours
    skin: Colour = (0.90, 0.70, 0.58)
    """Colour of the skin."""
    hair_colour: Colour = (0.25, 0.16, 0.10)
    """Colour of hair and beard."""
    brow_colour: Colour = (0.22, 0.14, 0.09)
    """Colour of the brows."""
    lip_colour: Colour = (0.80, 0.45, 0.42)
    """Colour of the lips."""
    iris: Colour = (0.35, 0.22, 0.12)
    """Colour of the irises."""
    shirt: Colour = (0.30, 0.45, 0.65)
    """Colour of the shirt."""
    background: Colour = (0.75, 0.80, 0.85)
    """Colour of the backdrop."""
    frame_colour: Colour = (0.12, 0.10, 0.10)
    """Colour of the frame of the glasses."""
