from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.pictures import PICTURE_SUFFIXES, list_pictures, read_picture, write_picture
from tests.support.clips import numbered_picture

PICTURE = numbered_picture(5, (48, 64))


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_picture_comes_back_as_rgb(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"ünï{suffix}"

    write_picture(path, PICTURE)

    np.testing.assert_allclose(read_picture(path)[4, 4], PICTURE[4, 4], atol=6)


def test_png_comes_back_exactly(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", PICTURE)

    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), PICTURE)


@pytest.mark.parametrize("channels", [1, 4], ids=["grey", "transparent"])
def test_every_picture_is_read_as_three_channels(channels: int, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 9, channels), 70, np.uint8))

    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), np.full((8, 9, 3), 70))


def test_sixteen_bit_picture_is_read_as_eight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 9, 3), 70 * 257, np.uint16))

    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), np.full((8, 9, 3), 70))


def test_photograph_held_upright_is_read_upright(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.jpg", np.ascontiguousarray(np.rot90(PICTURE)))
    data = (tmp_path / "a.jpg").read_bytes()
    turn_clockwise = bytes.fromhex(
        "ffe1 0022 457869660000 4d4d002a00000008 0001 0112 0003 00000001 0006 0000 00000000"
    )
    (tmp_path / "a.jpg").write_bytes(data[:2] + turn_clockwise + data[2:])

    np.testing.assert_allclose(read_picture(tmp_path / "a.jpg")[4, 4], PICTURE[4, 4], atol=6)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises(MediaError, match=r"a\.png is not a picture"):
        read_picture(tmp_path / "a.png")


def test_missing_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file"):
        read_picture(tmp_path / "a.png")


def test_unknown_format_is_a_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must end in"):
        write_picture(tmp_path / "a.txt", PICTURE)


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_picture(tmp_path / "a.png", PICTURE)

    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_folder_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for name in ("b10.png", "b2.JPG", "a.png", "notes.txt", "b10a.png"):
        (tmp_path / name).touch()

    assert [path.name for path in list_pictures(tmp_path)] == [
        "a.png",
        "b2.JPG",
        "b10.png",
        "b10a.png",
    ]


def test_folder_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no picture"):
        list_pictures(tmp_path)
