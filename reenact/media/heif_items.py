"""The primary picture of a HEIF file: which coded items it is made of, and how they are turned.

Read from the `meta` box as ISO/IEC 23008-12 and ISO/IEC 14496-12 lay it out. FFmpeg decodes the
items, but neither joins the tiles of a photograph nor turns it in the way of these standards.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reenact.types import Image


class UnknownItemError(Exception):
    """The primary picture is made in a way that is not read here; the message is its name."""


@dataclass(frozen=True, slots=True)
class HeifPicture:
    """The primary picture of a file."""

    tiles: tuple[int, ...]
    """Numbers of the coded items, in rows from the upper left; one where there is no grid."""
    columns: int
    """Tiles in a row."""
    size: tuple[int, int]
    """(height, width) of the joined tiles, cut at the right and lower edge; before `turns`."""
    turns: tuple[tuple[bytes, bytes], ...]
    """Kind (clap, irot, imir) and content of each property that moves pixels, in their order."""


def find_primary(data: bytes) -> HeifPicture:
    """The primary picture of a file with this content.

    Raises UnknownItemError for one that is computed in another way, and ValueError, KeyError or
    struct.error when the file is damaged.
    """
    boxes = dict(_boxes(dict(_boxes(data))[b"meta"][4:]))
    primary = _number(boxes[b"pitm"], 4, wide=boxes[b"pitm"][0] > 0)
    properties = _read_properties(boxes[b"iprp"])[primary]
    turns = tuple(entry for entry in properties if entry[0] in (b"clap", b"irot", b"imir"))
    form = _read_types(boxes[b"iinf"])[primary]
    if form in (b"hvc1", b"av01"):
        width, height = struct.unpack_from(">II", dict(properties)[b"ispe"], 4)
        return HeifPicture((primary,), 1, (height, width), turns)
    if form != b"grid":
        raise UnknownItemError(form.decode("latin-1"))
    columns, size = _read_grid(_read_item(data, boxes, primary))
    return HeifPicture(_read_references(boxes[b"iref"])[primary], columns, size, turns)


def turn(image: Image, picture: HeifPicture) -> Image:
    """The joined tiles as they are shown: cut out, turned and mirrored in the file's order."""
    for kind, content in picture.turns:
        if kind == b"clap":
            image = _cut_out(image, struct.unpack(">IIIIiIiI", content[:32]))
        elif kind == b"irot":  # quarter turns, counter-clockwise
            image = image.swapaxes(0, 1)[::-1] if content[0] & 1 else image
            image = image[::-1, ::-1] if content[0] & 2 else image
        else:  # 0: top and bottom change places, 1: left and right
            image = image[:, ::-1] if content[0] & 1 else image[::-1]
    return image


def _cut_out(image: Image, aperture: tuple[int, ...]) -> Image:
    """The clean aperture: width, height and offset of its centre from the picture's, as ratios."""
    width, height, x, y = (
        top / bottom for top, bottom in zip(aperture[::2], aperture[1::2], strict=True)
    )
    left = max(round((image.shape[1] - width) / 2 + x), 0)
    upper = max(round((image.shape[0] - height) / 2 + y), 0)
    return image[upper : upper + max(round(height), 1), left : left + max(round(width), 1)]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box in a row of boxes."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = at + size if size else len(data)
        if end < at + head:
            raise ValueError("a box ends before it begins")
        yield kind, data[at + head : end]
        at = end


def _number(data: bytes, at: int, *, wide: bool) -> int:
    number: int = struct.unpack_from(">I" if wide else ">H", data, at)[0]
    return number


def _read_types(iinf: bytes) -> Mapping[int, bytes]:
    """Type of each item: "hvc1", "grid" and so on."""
    types = {}
    for _, entry in _boxes(iinf[8 if iinf[0] else 6 :]):
        wide = entry[0] == 3
        types[_number(entry, 4, wide=wide)] = entry[10 if wide else 8 :][:4]
    return types


def _read_properties(iprp: bytes) -> Mapping[int, list[tuple[bytes, bytes]]]:
    """Type and content of the properties of each item, in the order in which they apply."""
    boxes = dict(_boxes(iprp))
    shared, ipma = list(_boxes(boxes[b"ipco"])), boxes[b"ipma"]
    wide_id, wide_index = ipma[0] > 0, bool(ipma[3] & 1)
    properties, at = {}, 8
    for _ in range(_number(ipma, 4, wide=True)):
        item, count = _number(ipma, at, wide=wide_id), ipma[at + (4 if wide_id else 2)]
        at += 5 if wide_id else 3
        step = 2 if wide_index else 1
        indices = [int.from_bytes(ipma[at + n * step :][:step]) for n in range(count)]
        mask = 0x7FFF if wide_index else 0x7F  # the highest bit says that it must be understood
        properties[item] = [shared[(index & mask) - 1] for index in indices if index & mask]
        at += count * step
    return properties


def _read_references(iref: bytes) -> Mapping[int, tuple[int, ...]]:
    """The items that each derived item is made of."""
    wide, size = iref[0] > 0, 4 if iref[0] else 2
    found = {}
    for kind, content in _boxes(iref[4:]):
        if kind == b"dimg":
            count = _number(content, size, wide=False)
            places = range(size + 2, size + 2 + count * size, size)
            found[_number(content, 0, wide=wide)] = tuple(
                _number(content, at, wide=wide) for at in places
            )
    return found


def _read_grid(content: bytes) -> tuple[int, tuple[int, int]]:
    """Columns of a grid and its (height, width)."""
    width, height = struct.unpack_from(">II" if content[1] & 1 else ">HH", content, 4)
    return content[3] + 1, (height, width)


def _read_item(data: bytes, boxes: Mapping[bytes, bytes], wanted: int) -> bytes:
    """The content of an item in one piece, in the file or in the `idat` box."""
    iloc = boxes[b"iloc"]
    version, at = iloc[0], 6
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, iloc[5] & 15 if version else 0
    wide = version == 2

    def read(size: int) -> int:
        nonlocal at
        at += size
        if at > len(iloc):
            raise ValueError("the table of places ends early")
        return int.from_bytes(iloc[at - size : at])

    for _ in range(read(4 if wide else 2)):
        item = read(4 if wide else 2)
        in_idat = bool(version and read(2) & 15)
        read(2)  # the file that it is in: this one
        base = read(base_size)
        extents = [(read(index_size), read(offset_size), read(length_size)) for _ in range(read(2))]
        if item == wanted:
            whole = boxes[b"idat"] if in_idat else data
            return b"".join(whole[base + start :][:length] for _, start, length in extents)
    raise KeyError(wanted)
