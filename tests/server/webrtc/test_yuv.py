import av
import numpy as np
import pytest

from server.webrtc.delay_code import ROWS, read
from server.webrtc.yuv import add_code, luma, rgb_of, video_frame, yuv_of, yuv_of_picture


def test_pictures_survive_the_way_there_and_back() -> None:
    ramp = np.linspace(20, 235, 64 * 64).reshape(64, 64).astype(np.uint8)
    picture = np.repeat(ramp[:, :, None], 3, axis=2)

    back = rgb_of(yuv_of(video_frame(yuv_of_picture(picture))))

    assert np.abs(back.astype(int) - picture).max() <= 3


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (10, 200, 90)])
def test_colours_are_not_tinted(colour: tuple[int, int, int]) -> None:
    picture = np.full((16, 16, 3), colour, np.uint8)

    assert np.abs(rgb_of(yuv_of_picture(picture)).astype(int) - colour).max() <= 2


def test_the_strip_is_above_the_picture_and_leaves_it_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (512, 512, 3)).astype(np.uint8)
    plain = yuv_of_picture(picture)

    coded = add_code(plain, 77)

    assert coded.shape == ((512 + ROWS) * 3 // 2, 512)
    assert np.array_equal(rgb_of(coded)[ROWS:], rgb_of(plain))
    top = np.full((480, 512), 16, np.uint8)
    top[:ROWS] = luma(coded)[:ROWS]
    assert read(top) == 77


def test_without_a_number_the_strip_is_black() -> None:
    coded = add_code(yuv_of_picture(np.full((512, 512, 3), 200, np.uint8)), None)

    assert luma(coded)[:ROWS].max() == 16


@pytest.mark.parametrize("pixels", ["rgb24", "yuv422p", "nv12", "gray"])
def test_other_formats_and_odd_sizes_are_taken(pixels: str) -> None:
    frame = av.VideoFrame(67, 51, "rgb24").reformat(format=pixels)

    assert rgb_of(yuv_of(frame)).shape == (50, 66, 3)
