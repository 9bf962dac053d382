from itertools import pairwise

import pytest

from reenact.media.video_times import find_return, in_order_of_showing, mend_times


def mend(*stamps: int | None, step: int = 33) -> list[tuple[int, int]]:
    """Times and numbers of the pictures that are left of those with these stamps."""
    return list(mend_times(((stamp, number) for number, stamp in enumerate(stamps)), step))


@pytest.mark.parametrize(
    ("stamps", "mended"),
    [
        ((0, 33, 67, 5000), [0, 33, 67, 5000]),
        ((0, 33, 33, 67), [0, 33, 34, 67]),
        ((0, 33, 33, 33, 67), [0, 33, 34, 35, 67]),
        ((33, 33, 67), [33, 34, 67]),
        ((0, 33, 33), [0, 33, 34]),
        ((0, 33, 20, 67), [0, 1, 20, 67]),
        ((0, 33, 5000, 67, 100), [0, 33, 34, 67, 100]),
        ((5000, 33, 67), [0, 33, 67]),
        ((None, None, None), [0, 33, 66]),
        ((0, None, 67), [0, 33, 67]),
        ((-66, -33, 0), [-66, -33, 0]),
        ((), []),
    ],
)
def test_times_are_mended_by_a_tick_where_there_is_room(
    stamps: tuple[int | None, ...], mended: list[int]
) -> None:
    assert mend(*stamps) == [(time, number) for number, time in enumerate(mended)]


def test_picture_without_room_is_left_out_and_the_rest_keeps_its_times() -> None:
    assert mend(0, 1, 1, 2, 3) == [(0, 0), (1, 1), (2, 3), (3, 4)]


def test_mended_times_rise_whatever_the_file_says() -> None:
    for stamps in ((9, 1, 8, 2, 7, 3), (5,) * 40, (3, None, 2, 2, None, 1, 90, 4)):
        assert all(one < other for (one, _), (other, _) in pairwise(mend(*stamps)))


def test_stored_order_is_sorted_as_far_as_decoders_reorder() -> None:
    assert list(in_order_of_showing([0, 4, 2, 1, 3, 8, 6, 5, 7])) == list(range(9))


def test_clock_that_is_set_back_is_found() -> None:
    assert find_return([*range(100), *range(100)]) == 98


@pytest.mark.parametrize(
    "stamps",
    [
        range(300),
        [*range(100), 50, *range(100, 300)],
        [*range(100), 5000, *range(100, 300)],
        [number ^ 15 for number in range(320)],
        [],
    ],
    ids=["plain", "one falls", "one strays", "groups of B-frames", "none"],
)
def test_what_can_be_mended_is_not_taken_for_a_clock_set_back(stamps: list[int]) -> None:
    assert find_return(stamps) is None
