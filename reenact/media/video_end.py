"""Ends of video files: whether what a file's own structure announces is all there.

Lengths in seconds do not tell: writers state the longest track, the latest time or a guess.
"""

import io
import struct
from pathlib import Path
from typing import BinaryIO

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_TOP, _IN_SEGMENT = (
    {0x1A45DFA3, _SEGMENT, 0xEC},
    {
        0x114D9B74,  # seek head
        0x1549A966,  # info
        0x1654AE6B,  # tracks
        0x1043A770,  # chapters
        0x1254C367,  # tags
        0x1941A469,  # attachments
        0x1C53BB6B,  # cues
        0xEC,  # void
        0xBF,  # checksum
        _CLUSTER,
    },
)
_SLOPPY_BYTES = 8  # writers of AVI are known to count a chunk's own head in


def lacks_end(path: Path, container_format: str) -> bool:
    """Whether a Matroska, WebM or AVI file breaks off before the end that it announces.

    False for other formats, and where a file announces none, as live recordings do.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if "matroska" in container_format:
            return _matroska_lacks_end(file, size)
        return container_format == "avi" and _avi_lacks_end(file, size)


def _matroska_lacks_end(file: BinaryIO, size: int) -> bool:
    place, known = 0, _TOP
    while place < size:
        identity, start, end = _read_element(file, place)
        if identity not in known:
            return False
        if end is not None and end > size:
            return True
        if end is None and identity != _SEGMENT:
            return False
        if end is None or identity == _SEGMENT:
            place, known = start, _IN_SEGMENT
        else:
            place = end
    return False


def _read_element(file: BinaryIO, place: int) -> tuple[int, int, int | None]:
    """Identity of the EBML element at `place`, where its content starts and, if known, ends."""
    file.seek(place)
    head = file.read(12)
    id_bytes, size_bytes = 0, 0
    if head and head[0]:
        id_bytes = 9 - head[0].bit_length()
    if id_bytes and len(head) > id_bytes and head[id_bytes]:
        size_bytes = 9 - head[id_bytes].bit_length()
    start = id_bytes + size_bytes
    if not size_bytes or len(head) < start:
        return 0, place, None
    mask = (1 << 7 * size_bytes) - 1
    length = int.from_bytes(head[id_bytes:start]) & mask
    identity = int.from_bytes(head[:id_bytes])
    return identity, place + start, None if length == mask else place + start + length


def _avi_lacks_end(file: BinaryIO, size: int) -> bool:
    """Walk the RIFF chunks of the file and the chunks in each, to the list of pictures."""
    place = 0
    while place + 12 <= size:
        kind, length, name = _read_chunk(file, place)
        if kind == b"RIFF":
            place += 12
            continue
        if kind == b"LIST" and name == b"movi" and place + 8 + length > size + _SLOPPY_BYTES:
            return True
        if not kind.strip(b"\0"):
            return False
        place += 8 + length + length % 2
    return False


def _read_chunk(file: BinaryIO, place: int) -> tuple[bytes, int, bytes]:
    file.seek(place)
    kind, length, name = struct.unpack("<4sI4s", file.read(12))
    return kind, length, name
