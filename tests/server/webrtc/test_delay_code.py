import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.webrtc.delay_code import ROWS, draw, read, rows_of


def camera(number: int, height: int = 480, width: int = 640) -> np.ndarray:
    luma = np.full((480, 640), 90, np.uint8)
    luma[:ROWS] = draw(number, 640)
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def test_every_number_is_read_as_drawn() -> None:
    assert [read(camera(number)) for number in range(4096)] == list(range(4096))


def test_neighbours_differ_in_one_cell_and_the_parity() -> None:
    for number in range(4095):
        cells = np.count_nonzero(draw(number, 16)[0] != draw(number + 1, 16)[0])
        assert cells == 2


@pytest.mark.parametrize("size", [(480, 640), (360, 480), (240, 320), (180, 240), (720, 960)])
def test_smaller_pictures_are_read_too(size: tuple[int, int]) -> None:
    height, width = size
    if height > 480:
        luma = np.full(size, 90, np.uint8)
        luma[:ROWS] = draw(1234, width // 16 * 16)
    else:
        luma = camera(1234, height, width)

    assert read(luma) == 1234


@given(st.integers(0, 4095), st.integers(0, 1000))
def test_noise_of_a_codec_does_not_hurt(number: int, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 20, (480, 640))
    noisy = np.clip(camera(number) + noise, 0, 255).astype(np.uint8)

    assert read(noisy) == number


@given(st.integers(0, 10_000))
def test_what_is_no_code_is_seldom_read_and_never_raises(seed: int) -> None:
    dice = np.random.default_rng(seed)
    shape = dice.integers(1, 200, 2)

    read(dice.integers(0, 256, shape).astype(np.uint8))


@pytest.mark.parametrize("level", [0, 16, 128, 235, 255])
def test_an_even_picture_has_no_number(level: int) -> None:
    assert read(np.full((480, 640), level, np.uint8)) is None


def test_the_strip_shrinks_with_the_picture() -> None:
    assert [rows_of(height) for height in (120, 240, 360, 480, 720)] == [4, 8, 12, 16, 16]
