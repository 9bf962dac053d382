"""A photograph of a person for tests: `skimage.data.astronaut`, NASA, public domain."""

import numpy as np
from skimage.data import astronaut
from skimage.transform import resize

from reenact.face.geometry import warp
from reenact.types import Affine, Image

FACE_X, FACE_Y = 225.0, 115.0
"""Where the face of the photograph is."""


def photo(size: int = 512) -> Image:
    return np.asarray(resize(astronaut(), (size, size), preserve_range=True), np.uint8)


def scene(height: int, width: int, *faces: tuple[int, int, int]) -> Image:
    """Grey, with the upper half of the photograph at each (x, y), `size` wide."""
    canvas = np.full((height, width, 3), 90, np.uint8)
    for x, y, size in faces:
        head = photo(size)[: size // 2]
        canvas[y : y + len(head), x : x + size] = head
    return canvas


def shrunk_face(size: int) -> Image:
    """(size, size, 3): nothing but the face."""
    face = photo()[0:230, 110:340]
    return np.asarray(resize(face, (size, size), anti_aliasing=True, preserve_range=True), np.uint8)


def rotation(degrees: float) -> Affine:
    """The map that turns the photograph clockwise about its face, and puts that in the middle."""
    angle, middle = np.radians(degrees), np.array([FACE_X, FACE_Y])
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([linear, [256, 256] - linear @ middle])


def rotated(degrees: float) -> Image:
    """The photograph, turned clockwise about its face; black outside of it."""
    return warp(photo(), rotation(degrees), 512, outside="black")
