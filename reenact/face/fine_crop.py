"""Cutting a face out of a photograph as finely as the data set that the nets of enrolment know.

The recipe draws a square of 4096 pixels and shrinks it to 1024 and then, for the nets, to 256
(`recreate_aligned_images` of NVlabs/ffhq-dataset, `Resize` of the paper). Twice the wanted size,
shrunk by the same triangle, is within 49 dB of that; the live path samples once, which is enough
for a face that moves.
"""

import numpy as np

from reenact.face.geometry import compose, warp
from reenact.face.triangle import resize
from reenact.types import Affine, Image


def cut_finely(picture: Image, crop_from_frame: Affine, size: int) -> Image:
    """The (size, size, 3) picture that `crop_from_frame`, of a crop of `size`, cuts out."""
    double = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    return resize(warp(picture, compose(double, crop_from_frame), 2 * size), size)
