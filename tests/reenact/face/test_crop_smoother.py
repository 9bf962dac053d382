"""The crop's square: calm on a still face, quick on a moving one, alike in frames of any size."""

import numpy as np
import pytest

from reenact.face.crop_smoother import CropSmoother
from reenact.types import Points

FPS = 30


def squares(count: int, *, speed: float = 0.0) -> list[Points]:
    """A crop that moves `speed` of its sides a second to the right."""
    return [np.array([300 + speed * 200 * i / FPS, 200.0, 0.1, 200.0]) for i in range(count)]


def test_crop_goes_along_with_a_fast_turn() -> None:
    smoother, moving = CropSmoother(), squares(15, speed=1.5)

    smooth = [smoother.smooth(square, i / FPS) for i, square in enumerate(moving)]

    assert abs(smooth[-1][0] - moving[-1][0]) < 0.015 * 200


def test_crop_does_not_spin_when_the_angle_wraps() -> None:
    smoother = CropSmoother()
    smoother.smooth(np.array([0.0, 0.0, np.pi - 0.01, 200.0]), 0.0)

    angle = smoother.smooth(np.array([0.0, 0.0, -np.pi + 0.01, 200.0]), 1 / FPS)[2]

    assert abs(angle) > np.pi - 0.02


@pytest.mark.parametrize("stretch", [(0.5, 0.5), (4.0, 4.0), (2.0, 1.9)], ids=str)
def test_crop_goes_on_as_it_was_in_frames_of_another_size(stretch: tuple[float, float]) -> None:
    whole, resized = CropSmoother(), CropSmoother()
    factors = np.array([*stretch, 1.0, np.sqrt(stretch[0] * stretch[1])])
    for index, square in enumerate(squares(6, speed=1.0)):
        whole.smooth(square, index / FPS)
        resized.smooth(square, index / FPS)
    resized.rescale(*stretch)

    for index, square in enumerate(squares(12, speed=1.0)[6:], 6):
        expected = whole.smooth(square, index / FPS) * factors
        np.testing.assert_allclose(resized.smooth(square * factors, index / FPS), expected)
