"""reenact/webcam/sinks.py: pictures fitted into what a sink takes."""

import numpy as np
import pytest

from reenact.webcam.sinks import fit_into


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [
        ((20, 40), slice(0, 20), slice(10, 30)),
        ((40, 10), slice(15, 25), slice(0, 10)),
        ((6, 6), slice(0, 6), slice(0, 6)),
    ],
    ids=["wide", "tall", "smaller"],
)
def test_picture_is_put_whole_into_the_middle(
    size: tuple[int, int], rows: slice, columns: slice
) -> None:
    picture = fit_into(np.full((8, 8, 3), 99, np.uint8), size)

    expected = np.zeros((*size, 3), np.uint8)
    expected[rows, columns] = 99
    assert np.array_equal(picture, expected)


@pytest.mark.parametrize("size", [None, (8, 8)], ids=str)
def test_picture_that_fits_is_left_alone(size: tuple[int, int] | None) -> None:
    picture = np.zeros((8, 8, 3), np.uint8)

    assert fit_into(picture, size) is picture
