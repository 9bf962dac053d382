import numpy as np
import pytest

from reenact.media.preview import moments, sheet, side_by_side
from reenact.types import Image


def plain(height: int, width: int, level: int = 0) -> Image:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [(16, [1, 3, 5, 7, 9, 11, 13, 15]), (8, list(range(8))), (3, [0, 1, 2]), (1, [0]), (0, [])],
)
def test_moments_are_evenly_spaced_and_never_repeat(frames: int, expected: list[int]) -> None:
    assert moments(frames) == expected


@pytest.mark.parametrize("shape", [(480, 640), (1081, 607), (33, 1000)])
def test_side_by_side_keeps_the_drivers_proportions_and_even_sides(shape: tuple[int, int]) -> None:
    both = side_by_side(plain(*shape, 90), plain(256, 256, 200))

    height, width = both.shape[:2]
    assert height == 256
    assert width % 2 == 0
    assert width - 256 == pytest.approx(256 * shape[1] / shape[0], abs=1)


def test_side_by_side_leaves_the_picture_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)

    np.testing.assert_array_equal(side_by_side(plain(48, 64), picture)[:, -64:], picture)


def test_sheet_has_a_column_for_each_moment_and_a_row_for_each_list() -> None:
    drivers, outputs = [plain(48, 64, 10)] * 3, [plain(64, 64, 20)] * 3

    picture = sheet([drivers, outputs], cell=64)

    assert picture.shape == (4 + 48 + 4 + 64 + 4, 4 + 3 * (64 + 4), 3)
    assert picture[4:52, 4:68].max() == 10
    assert picture[56:120, 4 + 2 * 68 : 68 + 2 * 68].min() == 20


def test_sheet_fits_pictures_of_several_heights_into_one_row() -> None:
    picture = sheet([[plain(64, 64), plain(32, 64)]], cell=64)

    assert picture[4 + 32 : 68, 72:136].min() == 255


def test_shorter_row_is_filled_with_paper() -> None:
    picture = sheet([[plain(8, 8)] * 2, [plain(8, 8)]], cell=8)

    assert picture.shape == (28, 28, 3)
    assert picture[16:24, 4:12].max() == 0
    assert picture[16:24, 16:24].min() == 255


def test_sheet_can_show_pictures_in_their_own_size() -> None:
    assert sheet([[plain(30, 40)]], cell=None).shape == (38, 48, 3)


def test_caption_stands_below_its_picture() -> None:
    picture = sheet([[plain(64, 64), plain(64, 64)]], [["ada", ""]], cell=64)

    assert picture[68:96, 4:68].min() < 100
    assert picture[68:96, 72:136].min() == 255


@pytest.mark.parametrize("rows", [[], [[]], [[plain(8, 8)], []]], ids=["none", "empty", "one"])
def test_row_of_nothing_is_a_callers_mistake(rows: list[list[Image]]) -> None:
    with pytest.raises(ValueError, match="must hold pictures"):
        sheet(rows)
