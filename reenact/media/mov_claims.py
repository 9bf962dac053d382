"""Claims of mp4 and mov files about how many samples they hold, compared with their size.

FFmpeg makes its index from these numbers before it reads a sample, so that a file of two kilobytes
could fill any memory. Boxes are looked for at any place outside the media data: FFmpeg, too, takes
them wherever they stand. Their layout is that of ISO/IEC 14496-12.
"""

import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from reenact.errors import MediaError
from reenact.media.limits import MOST_REPEATED_SAMPLES

_BOX = re.compile(rb"stsz|elst|trun|cmov")
_PER_SAMPLE = 0xF00  # flags of fields that a fragment has for each sample
_COPIES = 2  # of the table of contents: editors leave an old one behind, as free space


def refuse_claims(path: Path) -> None:
    """Raise MediaError when a file claims more samples than one of its size can hold.

    The same for a compressed table of contents, which hides what it claims.
    """
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            claims = _Claims(data)
    if claims.is_compressed:
        raise MediaError(
            f"{path} has a compressed table of contents, which is not read here: rewrite it, for "
            "example with ffmpeg -i FILE -c copy NEW.mov"
        )
    if claims.least_bytes > _COPIES * claims.size or claims.repeated > MOST_REPEATED_SAMPLES:
        raise MediaError(
            f"{path} claims more samples than a file of its size holds: give a whole, undamaged "
            "file"
        )


class _Claims:
    """What the boxes of a file claim together."""

    def __init__(self, data: mmap.mmap) -> None:
        self.size = len(data)
        self.least_bytes = 0
        """Bytes that the samples of all tracks and fragments take at least."""
        self.is_compressed = False
        self._samples = self._edits = 0
        for start, end in _metadata(data):
            for match in _BOX.finditer(data, start, end):
                if self._is_box(data, match.start()):
                    self._add(match.group(), data[match.end() : match.end() + 12])

    @property
    def repeated(self) -> int:
        """Most samples that an edit list can make of those; 0 where there is no such list."""
        return self._samples * self._edits if self._edits > 1 else 0

    def _is_box(self, data: mmap.mmap, at: int) -> bool:
        """Whether a plausible length stands before the name, not just any number of a table."""
        length = int.from_bytes(data[at - 4 : at])
        return length == 1 or 8 <= length <= self.size

    def _add(self, name: bytes, content: bytes) -> None:
        if name == b"cmov":
            self.is_compressed = True
        elif len(content) == 12:
            head, first, second = struct.unpack(">III", content)
            if name == b"stsz":
                self._samples += second
                self.least_bytes += second * (first or 4)
            elif name == b"elst":
                self._edits = max(self._edits, first)
            else:
                fields = (head & _PER_SAMPLE).bit_count()
                self.least_bytes += first * (4 * fields or 1)


def _metadata(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Beginning and end of each box at the top that is no media data."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, at + 8)
        if name != b"mdat":
            yield at, min(at + length, len(data)) if length >= 8 else len(data)
        if length < 8:
            return
        at += length
