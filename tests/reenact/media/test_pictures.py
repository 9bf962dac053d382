from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.pictures import PICTURE_SUFFIXES, list_pictures, read_picture, write_picture
from tests.support.clips import numbered_picture

PICTURE = numbered_picture(5, (48, 64))


def encode(suffix: str) -> bytes:
    """`PICTURE` as the content of a file."""
    return cv2.imencode(suffix, cv2.cvtColor(PICTURE, cv2.COLOR_RGB2BGR))[1].tobytes()


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


READABLE = (".png", ".jpg", ".webp", ".bmp", ".tiff", ".jp2", ".gif")


@pytest.mark.parametrize("suffix", READABLE)
@pytest.mark.parametrize("name", ["photo", "photo.mp4", "photo.jpg"])
def test_picture_is_read_by_its_content_under_any_name(
    suffix: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(encode(suffix))

    # OpenCV's GIF has 216 colours, 51 levels apart.
    np.testing.assert_allclose(read_picture(tmp_path / name)[4, 4], PICTURE[4, 4], atol=26)


NAMED = {
    "a JPEG XL picture": b"\xff\x0a" + bytes(20),
    "a Photoshop picture": b"8BPS\0\1",
    "a Canon raw photograph": b"II*\0\x10\0\0\0CR\2\0",
    "a raw photograph": b"II*\0\x08\0\0\0\1\0\xfe\0\4\0\1\0\0\0\1\0\0\0\0\0\0\0",
    "a PDF document": b"%PDF-1.7",
    "HTML, such as": b"\n<!DOCTYPE html><html>",
    "a companion that a Mac writes": b"\0\5\x16\7\0\2\0\0Mac OS X        ",
}


@pytest.mark.parametrize("kind", NAMED)
def test_kind_that_is_not_read_is_named(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(NAMED[kind])

    with pytest.raises(MediaError, match=f"{kind}.* cannot be read here: save it as JPEG"):
        read_picture(tmp_path / "a.jpg")


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
    for name in ("b10.png", "b2.JPG", "a.png", "b10a.png", "b².png"):
        (tmp_path / name).touch()

    pictures, _ = list_pictures(tmp_path)

    assert [path.name for path in pictures] == ["a.png", "b2.JPG", "b10.png", "b10a.png", "b².png"]


def test_folder_is_sorted_by_content_and_hidden_files_are_no_part_of_it(tmp_path: Path) -> None:
    for name in ("._a.png", ".DS_Store", "notes.txt", "page.html"):
        (tmp_path / name).write_bytes(b"<html>")
    (tmp_path / "more").mkdir()
    (tmp_path / "raw.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0")
    for name in ("a", "b.mp4", "c.jfif"):
        (tmp_path / name).write_bytes(encode(".jpg"))

    pictures, others = list_pictures(tmp_path)

    assert [path.name for path in pictures] == ["a", "b.mp4", "c.jfif"]
    assert [path.name for path in others] == ["more", "notes.txt", "page.html", "raw.cr2"]


def test_folder_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no picture"):
        list_pictures(tmp_path)
