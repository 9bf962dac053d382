"""Writer of the pictures of a video: closed H.264 segments, which `video_join` makes one file."""

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.media.video_colour import EXACT
from reenact.media.video_info import VideoInfo
from reenact.types import Image

ENCODER = f"PyAV {av.__version__}"
"""Name and version of the encoder; another one makes slightly different pictures."""

_BT709 = 1  # AVColorSpace, AVColorPrimaries, AVColorTransferCharacteristic
_ENCODER_THREADS = 2  # fixed: x264's result depends on it
SIZE_CHANGES = (
    "the pictures change their size midway, which one video cannot: "
    "choose --layout crop, or scale the source to one size first"
)


def translate_writing_errors(path: Path) -> AbstractContextManager[None]:
    """Turn any error of PyAV or the disk in the block into a MediaError about `path`."""
    return translate_os_errors(path, caught=(OSError, av.FFmpegError))


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished piece of a video."""

    file: Path | io.BytesIO
    """Its file, or the memory that holds it."""
    start: int
    """Time of its first picture, ticks of the source's time base."""
    frames: int
    """Number of its pictures."""

    def open(self) -> InputContainer:
        """The segment, to be read from its beginning."""
        if isinstance(self.file, io.BytesIO):
            self.file.seek(0)
        return av.open(_openable(self.file), "r")


class SegmentWriter:
    """Encodes pictures into a file that needs no other to be decoded. A context manager.

    H.264, yuv420p, BT.709 in limited range, no reordering: so segments join without re-stamping,
    and the same pictures give the same bytes. Raises OSError when the file cannot be written.
    """

    def __init__(self, file: Path | io.BytesIO, info: VideoInfo, *, quality: int) -> None:
        self._file, self._info, self._quality = file, info, quality
        self._reformatter = VideoReformatter()
        self._container = av.open(_openable(file), "w", format="mp4")
        self._stream: av.VideoStream | None = None
        self._start = 0
        self._frames = 0

    @property
    def segment(self) -> Segment:
        """The segment as far as it is written."""
        return Segment(self._file, self._start, self._frames)

    def write(self, image: Image, pts: int) -> None:
        """Append a picture, (H, W, 3); odd sides are evened by repeating the last row or column."""
        if self._stream is None:
            self._stream, self._start = self._open_stream(image), pts
        frame = self._to_yuv(image)
        if (frame.height, frame.width) != (self._stream.height, self._stream.width):
            raise MediaError(SIZE_CHANGES)
        frame.pts, frame.time_base = pts - self._start, self._info.time_base
        self._container.mux(self._stream.encode(frame))
        self._frames += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if self._stream is not None and error[0] is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()

    def _open_stream(self, image: Image) -> av.VideoStream:
        options = {"crf": str(self._quality), "preset": "faster", "bf": "0"}
        stream = self._container.add_stream("libx264", rate=self._info.rate, options=options)
        stream.height, stream.width = (side + side % 2 for side in image.shape[:2])
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.thread_count = _ENCODER_THREADS
        context.time_base = self._info.time_base
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        return stream

    def _to_yuv(self, image: Image) -> av.VideoFrame:
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        return self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            interpolation=Interpolation.BICUBIC | EXACT,
            threads=1,
        )


def _openable(file: Path | io.BytesIO) -> str | io.BytesIO:
    return str(file) if isinstance(file, Path) else file
