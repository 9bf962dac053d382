"""Check of a target before any work: its container takes the pictures and the sound, or is refused.

FFmpeg itself is asked, by joining the source's sound with a picture into a file that keeps nothing.
"""

import io
import os
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_join import FORMATS, join_into
from reenact.media.video_writer import Segment, SegmentWriter

_REFUSALS = (av.FFmpegError, ValueError, OverflowError, NotImplementedError)

_LONGEST_STEP = 2**31 - 1
"""Ticks that mp4, in which segments are kept, counts from a picture to the next; FFmpeg would write
a false time without a word."""


def check_target(target: Path, source: Path, info: VideoInfo) -> list[str]:
    """Join the sound as it will be joined; return notes about what must be mended in it.

    Reads the whole source once more. Raises MediaError, with a remedy, when the container does not
    take what it is to hold.
    """
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise MediaError(f"{target} must end in {', '.join(FORMATS)}: choose one of these")
    if info.longest_step > _LONGEST_STEP:
        seconds = float(info.longest_step * info.time_base)
        raise MediaError(
            f"{source} shows a picture for {seconds:.1f} seconds, too long for its clock of "
            f"{info.time_base} seconds: rewrite it, for example with ffmpeg -i FILE NEW.mp4"
        )
    try:
        return _rehearse(suffix, source, info)
    except _REFUSALS as error:
        raise MediaError(_describe_refusal(target, source, info, error)) from error


def _rehearse(suffix: str, source: Path, info: VideoInfo) -> list[str]:
    return join_into(_Nowhere(), FORMATS[suffix], [_make_specimen(info)], source, info)


def _make_specimen(info: VideoInfo) -> Segment:
    """A segment of one small picture, in memory."""
    with SegmentWriter(io.BytesIO(), info, quality=0) as writer:
        writer.write(np.zeros((16, 16, 3), np.uint8), 0)
    return writer.segment


def _describe_refusal(target: Path, source: Path, info: VideoInfo, error: Exception) -> str:
    suffix = target.suffix.lower()
    guilty = [
        track for track in info.sound if not _holds(suffix, source, replace(info, sound=(track,)))
    ]
    if guilty:
        codecs = ", ".join(dict.fromkeys(track.codec for track in guilty))
        what = f"the source's {codecs} sound"
        remedies = ["leave it out with --sound none"]
    else:
        what = f"what the source holds ({getattr(error, 'strerror', None) or error})"
        remedies = []
    other = _find_other(suffix, source, info)
    if other:
        remedies.insert(0, f"write to {target.with_suffix(other).name} instead")
    elif guilty:
        remedies.insert(0, "convert it first, for example with ffmpeg -c:v copy -c:a aac")
    advice = ", or ".join(remedies) or "rewrite the file, for example with ffmpeg -i FILE NEW.mp4"
    return f"{suffix} files cannot hold {what}: {advice}"


def _find_other(suffix: str, source: Path, info: VideoInfo) -> str | None:
    others = (other for other in (".mkv", ".mov", ".mp4") if FORMATS[other] != FORMATS[suffix])
    return next((other for other in others if _holds(other, source, info)), None)


def _holds(suffix: str, source: Path, info: VideoInfo) -> bool:
    try:
        _rehearse(suffix, source, info)
    except _REFUSALS:
        return False
    return True


class _Nowhere(io.RawIOBase):
    """A file that forgets what is written to it and knows only where it stands."""

    def __init__(self) -> None:
        self._at = self._end = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at
