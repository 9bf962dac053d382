"""Search windows: they cover a frame, and are few whatever its shape."""

from contextlib import closing

import numpy as np
import pytest

from reenact.face.face_nets import FaceNets
from reenact.face.search_windows import LEAST_PX, MOST_WINDOWS, search_windows
from tests.support.photograph import shrunk_face


@pytest.mark.parametrize(("height", "width"), [(480, 640), (720, 1280), (1920, 1080), (64, 64)])
def test_search_windows_cover_the_frame_and_overlap(height: int, width: int) -> None:
    whole, *covers = search_windows(height, width)

    assert [window[3] for window in whole] == [max(height, width)]
    for windows in map(np.stack, covers):
        side = windows[0, 3]
        for column, length in ((0, width), (1, height)):
            middles = np.unique(windows[:, column])
            assert middles[0] <= side / 2
            assert middles[-1] >= length - side / 2
            assert (np.diff(middles) <= side / 2).all()


@pytest.mark.parametrize(
    ("height", "width"),
    [(4, 20000), (20000, 4), (100, 60000), (60000, 100), (480, 128000), (1, 1), (600, 16000)],
)
def test_frames_of_any_shape_have_few_windows(height: int, width: int) -> None:
    assert sum(map(len, search_windows(height, width))) <= MOST_WINDOWS + 1


def test_a_long_panorama_is_searched_for_small_faces_too() -> None:
    assert all(search_windows(600, 16000))


def test_faces_of_panoramas_too_long_for_that_are_searched_where_they_are_large() -> None:
    _, large, small = search_windows(600, 60000)

    assert large
    assert not small


@pytest.mark.parametrize("size", [(LEAST_PX - 1, 640), (4, 20000)])
def test_nothing_is_searched_where_no_face_can_be(size: tuple[int, int]) -> None:
    assert search_windows(*size) == ([], [], [])


@pytest.mark.parametrize(("size", "found"), [(LEAST_PX - 1, False), (28, True)])
def test_the_detector_sees_no_face_in_a_window_below_the_least(size: int, found: bool) -> None:
    window = np.array([size / 2, size / 2, 0.0, size])
    with closing(FaceNets()) as nets:
        assert bool(nets.find(shrunk_face(size), window)) == found
