"""Sizes that picture files claim in their headers, read before anything is decoded.

The offsets are those of the formats' standards: PNG (ISO/IEC 15948), GIF89a, BMP, WebP (RFC 9649),
JPEG (ITU-T T.81), JPEG 2000 (ITU-T T.800), TIFF 6.0 with BigTIFF.
"""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from reenact.errors import MediaError
from reenact.media import picture_kinds
from reenact.media.limits import MOST_PIXELS
from reenact.media.picture_kinds import PictureKind

_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the others in this range are tables
_JPEG_BARE = {0x01, 0xFF, *range(0xD0, 0xD9)}  # markers without a length behind them
_TIFF_FORMS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # struct's letter of a field's type
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_REDUCED = 256, 257, 254


def check_size(path: Path, height: int, width: int) -> None:
    """Raise MediaError for a picture of more than `MOST_PIXELS`."""
    if height * width > MOST_PIXELS:
        raise MediaError(
            f"{path} claims {width} x {height} pixels, and {MOST_PIXELS // 1_000_000} million are "
            "the most: scale it down first"
        )


def read_size(kind: PictureKind, data: bytes) -> tuple[int, int] | None:
    """(height, width) in the header of a file of that kind; None where it is torn or unknown."""
    try:
        return _READERS[kind](data) if kind in _READERS else None
    except (struct.error, IndexError, KeyError, ValueError):
        return None


def is_thumbnail(kind: PictureKind, data: bytes) -> bool:
    """Whether a TIFF begins with a reduced picture, as the raw files of cameras do."""
    try:
        return kind is picture_kinds.TIFF and bool(_tiff_fields(data).get(_TIFF_REDUCED, 0) & 1)
    except (struct.error, KeyError):
        return False


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return height, width


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return height, width


def _bmp(data: bytes) -> tuple[int, int]:
    is_old = data[14] == 12
    width, height = struct.unpack_from("<HH" if is_old else "<ii", data, 18)
    return abs(height), abs(width)  # a negative height counts rows from the top


def _webp(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8X":
        return int.from_bytes(data[27:30], "little") + 1, int.from_bytes(data[24:27], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return height & 0x3FFF, width & 0x3FFF


def _jpeg(data: bytes) -> tuple[int, int]:
    """The size in the frame header, behind any number of other segments."""
    at = 2
    while True:
        at = data.index(b"\xff", at)
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return height, width
        is_bare = marker in _JPEG_BARE
        at += 1 if is_bare else 2 + int.from_bytes(data[at + 2 : at + 4])


def _jpeg_2000(data: bytes) -> tuple[int, int]:
    """The extent of the reference grid less its offset, in the codestream's SIZ marker."""
    at = data.index(b"\xff\x4f\xff\x51") + 8
    right, bottom, left, top = struct.unpack_from(">IIII", data, at)
    return bottom - top, right - left


def _tiff(data: bytes) -> tuple[int, int]:
    fields = _tiff_fields(data)
    return fields[_TIFF_HEIGHT], fields[_TIFF_WIDTH]


def _tiff_fields(data: bytes) -> Mapping[int, int]:
    """The first value of every field of whole numbers in the first directory, by the tag."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = 43 in data[2:4]
    start = struct.unpack_from(f"{order}Q" if is_big else f"{order}I", data, 8 if is_big else 4)[0]
    count = struct.unpack_from(f"{order}Q" if is_big else f"{order}H", data, start)[0]
    first, step, value = (start + 8, 20, 12) if is_big else (start + 2, 12, 8)
    fields = {}
    for at in range(first, min(first + count * step, len(data)), step):
        tag, form = struct.unpack_from(f"{order}HH", data, at)
        if form in _TIFF_FORMS:
            fields[tag] = struct.unpack_from(f"{order}{_TIFF_FORMS[form]}", data, at + value)[0]
    return fields


_READERS: Mapping[PictureKind, Callable[[bytes], tuple[int, int]]] = {
    picture_kinds.PNG: _png,
    picture_kinds.GIF: _gif,
    picture_kinds.BMP: _bmp,
    picture_kinds.WEBP: _webp,
    picture_kinds.JPEG: _jpeg,
    picture_kinds.JPEG_2000: _jpeg_2000,
    picture_kinds.TIFF: _tiff,
}
