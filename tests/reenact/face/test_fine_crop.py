"""reenact/face/fine_crop.py: enrolment sees a face as the published recipe cuts it out."""

import math

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL.Image import Resampling, Transform
from skimage.data import astronaut

from reenact.face.fine_crop import cut_finely
from reenact.face.geometry import crop_from_quad, quad_of_square
from reenact.types import Image, Points

SIZE = 256
SQUARES = [  # side in source pixels, angle in radians
    (390, 0.0), (380, 0.05), (350, 0.2), (330, -0.25), (300, -0.3),
    (280, 0.4), (256, 0.0), (220, -0.6), (200, 0.5), (150, 0.1),
]  # fmt: skip


def follow_recipe(picture: Image, quad: Points) -> Image:
    """FFHQ's crop of 1024 pixels, inside of the frame, and the paper's resizing."""
    shrink = math.floor(float(np.hypot(*(quad[3] - quad[0]))) / 1024 * 0.5)
    assert shrink <= 1
    image = PillowImage.fromarray(picture)
    corners = tuple((quad).ravel().tolist())
    cut = image.transform((4096, 4096), Transform.QUAD, corners, Resampling.BILINEAR)
    aligned = cut.resize((1024, 1024), Resampling.LANCZOS)
    return np.asarray(aligned.resize((SIZE, SIZE), Resampling.BILINEAR))


@pytest.mark.parametrize(("side", "angle"), SQUARES)
def test_crop_is_that_of_the_published_recipe(side: float, angle: float) -> None:
    picture = astronaut()
    quad = quad_of_square(np.array([259.3, 253.3, angle, side]))

    ours = cut_finely(picture, crop_from_quad(quad, SIZE), SIZE)

    error = np.mean((ours.astype(np.float64) - follow_recipe(picture, quad)) ** 2)
    assert 10 * math.log10(255**2 / error) >= 49
