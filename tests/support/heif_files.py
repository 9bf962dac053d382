"""Maker of small HEIC and AVIF photographs, of one piece or of tiles, turned in any way."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np

from reenact.types import Image

CODECS = {"hvc1": ("libx265", b"hvcC"), "av01": ("libsvtav1", b"av1C")}
PRIMARY = 1


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + kind + content


def irot(quarters: int) -> bytes:
    """The property that turns a picture by quarters, counter-clockwise."""
    return box(b"irot", bytes([quarters]))


def imir(axis: int) -> bytes:
    """The property that mirrors: 0 changes top and bottom, 1 left and right."""
    return box(b"imir", bytes([axis]))


def clap(height: int, width: int) -> bytes:
    """The property that cuts out the upper left part of a picture of 96 x 128."""
    offsets = (width - 128, 2, height - 96, 2)  # of the centre
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, *offsets))


def heif(
    tiles: Sequence[Image],
    *,
    size: tuple[int, int],
    columns: int = 1,
    turns: Sequence[bytes] = (),
    codec: str = "hvc1",
    grid: bytes = b"grid",
) -> bytes:
    """A file whose primary picture is these tiles, (height, width) large, and then turned."""
    coded = [encode(tile, codec) for tile in tiles]
    items = [
        Item(codec.encode(), sample, tile.shape[:2])
        for (_, sample), tile in zip(coded, tiles, strict=True)
    ]
    if len(tiles) > 1:
        head = struct.pack(">BBBB", 0, 0, len(tiles) // columns - 1, columns - 1)
        items.insert(0, Item(grid, head + struct.pack(">HH", size[1], size[0]), size))
    else:
        items[0] = replace(items[0], size=size)
    brand = b"avif" if codec == "av01" else b"heic"
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    properties = [coded[0][0], *turns]
    length = len(start) + len(_meta(items, properties, 0)) + 8
    payloads = [item.payload for item in items]
    return start + _meta(items, properties, length) + box(b"mdat", *payloads)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a file; the first one is the primary picture."""

    kind: bytes
    """Its type: hvc1, av01, grid."""
    payload: bytes
    """Its content."""
    size: tuple[int, ...]
    """(height, width) that it claims."""


def _meta(items: Sequence[Item], properties: Sequence[bytes], start: int) -> bytes:
    """The `meta` box of items whose content begins at `start` in the file."""
    infos = [
        box(b"infe", struct.pack(">IHH", 2 << 24, number, 0), item.kind, b"\0")
        for number, item in enumerate(items, PRIMARY)
    ]
    places, at = b"", start
    for number, item in enumerate(items, PRIMARY):
        places += struct.pack(">HHHII", number, 0, 1, at, len(item.payload))
        at += len(item.payload)
    tiles = [*range(PRIMARY + 1, PRIMARY + len(items))]
    reference = struct.pack(f">HH{len(tiles)}H", PRIMARY, len(tiles), *tiles)
    return box(
        b"meta",
        bytes(4),
        box(b"hdlr", bytes(8), b"pict", bytes(13)),
        box(b"pitm", bytes(4), struct.pack(">H", PRIMARY)),
        box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, len(items)), places),
        box(b"iinf", bytes(4), struct.pack(">H", len(items)), *infos),
        _link_properties(items, properties),
        *([box(b"iref", bytes(4), box(b"dimg", reference))] if tiles else []),
    )


def _link_properties(items: Sequence[Item], properties: Sequence[bytes]) -> bytes:
    """The `iprp` box: the size of each, the coder's configuration, and the turns of the first."""
    sizes = [box(b"ispe", struct.pack(">III", 0, *item.size[::-1])) for item in items]
    links = b""
    for number, item in enumerate(items):
        indices = [len(properties) + 1 + number]
        indices += [1] if item.kind.decode("latin-1") in CODECS else []
        indices += [*range(2, len(properties) + 1)] if number == 0 else []
        links += struct.pack(">HB", PRIMARY + number, len(indices)) + bytes(indices)
    return box(
        b"iprp",
        box(b"ipco", *properties, *sizes),
        box(b"ipma", bytes(4), struct.pack(">I", len(items)), links),
    )


def encode(tile: Image, codec: str) -> tuple[bytes, bytes]:
    """The configuration box and the one sample of a picture, as an mp4 holds them."""
    encoder, kind = CODECS[codec]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        options = (
            {"x265-params": "log-level=none:info=0:bframes=0:keyint=1"}
            if codec == "hvc1"
            else {"crf": "10"}
        )
        stream = container.add_stream(encoder, rate=1, options={"crf": "4", **options})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = *tile.shape[:2], "yuv420p"
        stream.codec_context.time_base = Fraction(1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(tile), format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    data = file.getvalue()
    at = data.index(kind) - 4
    configuration = data[at : at + struct.unpack_from(">I", data, at)[0]]
    with av.open(io.BytesIO(data), "r") as made:
        return configuration, bytes(next(made.demux(video=0)))
