"""reenact/media/heif_items.py and video_heif.py: photographs of phones, in tiles and turned."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media import picture_sizes
from reenact.media.picture_kinds import AVIF, HEIC, tell_picture_kind
from reenact.media.pictures import read_picture
from reenact.types import Image
from tests.support.clips import numbered_picture
from tests.support.heif_files import clap, heif, imir, irot

SIZE = 96, 128
PICTURE = numbered_picture(0b10110010, SIZE)
TILES = [PICTURE[y : y + 64, x : x + 64] for y in (0, 32) for x in (0, 64)]
"""Two by two, of which the lower ones are shown from the upper edge down to their middle."""


def read(data: bytes, folder: Path) -> Image:
    (folder / "IMG_1.jpg").write_bytes(data)
    return read_picture(folder / "IMG_1.jpg")


def assert_alike(one: Image, other: Image) -> None:
    assert one.shape == other.shape
    assert np.abs(one.astype(int) - other).mean() < 4  # of lossy coding, at edges


@pytest.mark.parametrize(("codec", "kind"), [("hvc1", HEIC), ("av01", AVIF)])
def test_photograph_is_read(codec: str, kind: object, tmp_path: Path) -> None:
    data = heif([PICTURE], size=SIZE, codec=codec)

    assert tell_picture_kind(data) is kind
    assert_alike(read(data, tmp_path), PICTURE)


TURNS: dict[str, tuple[list[bytes], Callable[[Image], Image]]] = {
    "quarter": ([irot(1)], np.rot90),
    "half": ([irot(2)], lambda image: np.rot90(image, 2)),
    "three quarters": ([irot(3)], lambda image: np.rot90(image, 3)),
    "upside down": ([imir(0)], np.flipud),
    "mirror": ([imir(1)], np.fliplr),
    "turned, then mirrored": ([irot(1), imir(1)], lambda image: np.fliplr(np.rot90(image))),
    "mirrored, then turned": ([imir(1), irot(1)], lambda image: np.rot90(np.fliplr(image))),
    "cut": ([clap(48, 100)], lambda image: image[:48, :100]),
    "cut, then turned": ([clap(48, 100), irot(1)], lambda image: np.rot90(image[:48, :100])),
}


@pytest.mark.parametrize(("turns", "shown"), TURNS.values(), ids=list(TURNS))
def test_photograph_is_upright(
    turns: list[bytes], shown: Callable[[Image], Image], tmp_path: Path
) -> None:
    assert_alike(read(heif([PICTURE], size=SIZE, turns=turns), tmp_path), shown(PICTURE))


@pytest.mark.parametrize("codec", ["hvc1", "av01"])
def test_tiles_are_joined_cut_and_turned(codec: str, tmp_path: Path) -> None:
    joined = np.vstack([np.hstack(TILES[:2]), np.hstack(TILES[2:])])[:100, :120]

    data = heif(TILES, columns=2, size=(100, 120), turns=[irot(3)], codec=codec)

    assert_alike(read(data, tmp_path), np.rot90(joined, 3))


def test_gigantic_grid_is_refused_by_its_header(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="claims 65535 x 65535 pixels"):
        read(heif(TILES, columns=2, size=(65535, 65535)), tmp_path)


def test_grid_that_is_larger_than_its_tiles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds less of its picture than it says"):
        read(heif(TILES, columns=2, size=(200, 120)), tmp_path)


def test_tiles_of_more_pixels_than_the_picture_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_sizes, "MOST_PIXELS", 100 * 120)

    with pytest.raises(MediaError, match="claims 16384 x 1 pixels"):
        read(heif(TILES, columns=2, size=(100, 120)), tmp_path)


def test_table_of_places_that_ends_early_is_refused_at_once(tmp_path: Path) -> None:
    data = bytearray(heif(TILES, columns=2, size=(100, 120)))
    at = data.index(b"iloc") + 4
    data[at : at + 8] = b"\2\0\0\0\x44\0\x7f\xff"  # billions of items

    with pytest.raises(MediaError, match="is a damaged HEIF picture"):
        read(bytes(data), tmp_path)


def test_overlay_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="HEIF picture of type iovl, which cannot be read here"):
        read(heif(TILES, columns=2, size=(100, 120), grid=b"iovl"), tmp_path)


def test_torn_photograph_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    data = heif(TILES, columns=2, size=(100, 120))

    for length in [*range(32, 700, 7), len(data) - 40]:
        with pytest.raises(MediaError, match=r"IMG_1\.jpg "):
            read(data[:length], tmp_path)


def test_damaged_header_is_never_a_traceback(tmp_path: Path) -> None:
    data, random = heif(TILES, columns=2, size=(100, 120)), np.random.default_rng(1)
    for _ in range(100):
        mutant = bytearray(data)
        mutant[int(random.integers(24, 700))] = int(random.integers(256))
        with suppress(MediaError):
            read(bytes(mutant), tmp_path)
