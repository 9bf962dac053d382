"""Writer of edit lists into QuickTime files, which FFmpeg's muxer writes of one part only."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

_MOVIE_TIMESCALE_AT = 20
_TRACK_TIMESCALE_AT = 16  # after the name of its box


def keep_parts(path: Path, parts: Sequence[tuple[float, float]]) -> Path:
    """Make a .mov, with its index at the end, play only these (start, length) in seconds."""
    data = path.read_bytes()
    at = data.rindex(b"moov") - 4
    head, movie = data[:at], data[at:]
    timescale = 0
    content = b""
    for kind, box in _boxes(movie[8:]):
        if kind == b"mvhd":
            timescale = struct.unpack_from(">I", box, _MOVIE_TIMESCALE_AT)[0]
        content += _edit(box, parts, timescale) if kind == b"trak" else box
    path.write_bytes(head + _box(b"moov", content))
    return path


def _edit(track: bytes, parts: Sequence[tuple[float, float]], timescale: int) -> bytes:
    at = track.index(b"mdhd") + _TRACK_TIMESCALE_AT
    ticks = struct.unpack_from(">I", track, at)[0]
    entries = b"".join(
        struct.pack(">IiI", round(length * timescale), round(start * ticks), 1 << 16)
        for start, length in parts
    )
    edits = _box(b"edts", _box(b"elst", struct.pack(">II", 0, len(parts)) + entries))
    boxes = dict(_boxes(track[8:]))
    boxes.pop(b"edts", None)
    return _box(b"trak", boxes.pop(b"tkhd") + edits + b"".join(boxes.values()))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + size]
        at += size


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content
