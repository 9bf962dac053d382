"""reenact/media/picture_sizes.py: what a header claims, and how much is too much."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.limits import MOST_PIXELS
from reenact.media.picture_kinds import (
    BMP,
    GIF,
    JPEG,
    JPEG_2000,
    PNG,
    TIFF,
    WEBP,
    tell_picture_kind,
)
from reenact.media.picture_sizes import read_size
from reenact.media.pictures import read_picture

LONGEST = 65535


def encode(suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, np.full((63, 75, 3), 90, np.uint8), options)[1].tobytes()


FILES = {
    "PNG": encode(".png"),
    "JPEG": encode(".jpg"),
    "progressive JPEG": encode(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "WebP": encode(".webp"),
    "WebP without loss": encode(".webp", cv2.IMWRITE_WEBP_QUALITY, 101),
    "BMP": encode(".bmp"),
    "TIFF": encode(".tiff"),
    "JPEG 2000": encode(".jp2"),
    "GIF": encode(".gif"),
}


@pytest.mark.parametrize("name", FILES)
def test_size_is_read_from_the_header(name: str) -> None:
    kind = tell_picture_kind(FILES[name])

    assert kind is not None
    assert read_size(kind, FILES[name]) == (63, 75)


@pytest.mark.parametrize("name", FILES)
def test_torn_header_claims_nothing(name: str) -> None:
    kind = tell_picture_kind(FILES[name])

    assert kind is not None
    for length in range(24):
        read_size(kind, FILES[name][:length])  # raises nothing


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(order: str) -> bytes:
    """An uncompressed TIFF that claims to be as large as its fields of 32 bits can say."""
    fields = {256: LONGEST, 257: LONGEST, 258: 1, 259: 1, 262: 1, 273: 8, 278: LONGEST, 279: 1}
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = [struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in fields.items()]
    return head + struct.pack(f"{order}IH", 8, len(fields)) + b"".join(entries) + bytes(4)


JPEG_FRAME = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, LONGEST, LONGEST, 3) + bytes(9)
SIZ = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 1 << 20, 1 << 20, *[0] * 6, 1, 7, 1, 1)
GIGANTIC = {
    PNG: b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 40000, 40000, 1, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes(1 << 20))),
    JPEG: b"\xff\xd8\xff\xe0\0\x04ab" + JPEG_FRAME + bytes(40),
    GIF: b"GIF89a" + struct.pack("<HH", LONGEST, LONGEST) + bytes(40),
    BMP: b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 40000, -40000, 1, 24, 0) + bytes(60),
    WEBP: b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\0\xff\xff\0" + bytes(40),
    JPEG_2000: b"\xff\x4f\xff\x51" + SIZ + bytes(40),
}


@pytest.mark.parametrize("kind", GIGANTIC, ids=lambda kind: kind.name)
def test_gigantic_picture_is_refused_by_its_header(kind: object, tmp_path: Path) -> None:
    path, data = tmp_path / "a.jpg", GIGANTIC[kind]  # type: ignore[index]
    path.write_bytes(data)

    with pytest.raises(MediaError, match=r"a\.jpg claims \d+ x \d+ pixels, and 268 million are"):
        read_picture(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_gigantic_tiff_of_either_byte_order_is_refused_by_its_header(
    order: str, tmp_path: Path
) -> None:
    (tmp_path / "a.tiff").write_bytes(tiff(order))

    assert tell_picture_kind(tiff(order)) is TIFF
    with pytest.raises(MediaError, match="claims 65535 x 65535 pixels"):
        read_picture(tmp_path / "a.tiff")


def test_row_that_is_too_long_for_the_decoder_is_one_sentence(tmp_path: Path) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", (1 << 20) + 1, 1, 1, 0, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + bytes(9))

    with pytest.raises(MediaError, match="not a picture that can be decoded"):
        read_picture(tmp_path / "a.png")


def test_photograph_of_the_largest_phones_fits() -> None:
    assert MOST_PIXELS > 16320 * 12240
