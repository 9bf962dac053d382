"""Reader of video files: every frame, upright, RGB, with its exact time.

This and `video_writer` are the only importers of PyAV outside the service.
"""

import math
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.stream import Disposition
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.types import Frame, Image

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without these swscale's fast path repeats chroma samples and darkens by one step."""

_Matrix: TypeAlias = npt.NDArray[np.int32]

_CLOCK_STARTS_ANYWHERE = {"mpegts", "mpeg"}
_MISSING_AT_MOST_S = 0.25  # of the length a Matroska or AVI file states: writers round it
_HD_ROWS = 720  # untagged video is BT.709 from here on, BT.601 below, as players guess
_BT601, _BT709, _BT2020 = {5, 6}, {1}, {9, 10}  # AVColorSpace


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts about a whole video file, found without decoding it."""

    frames: int
    """Number of pictures."""
    time_base: Fraction
    """Seconds of one tick."""
    rate: Fraction
    """Frames a second on average: for people to read, never to compute times with."""
    tail: int
    """Ticks that the last picture lasts, 0 if the file does not say."""
    origin: int
    """Ticks to take off every stamp: 0, except where the container's clock starts anywhere."""
    audio: tuple[str, ...]
    """Codecs of the sound streams."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, av.VideoStream]]:
    """Open a file for reading and choose its first stream of moving pictures.

    Raises MediaError when it is no video.
    """
    with translate_reading_errors(path):
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    with container:
        yield container, _choose_stream(container, path)


def translate_reading_errors(path: Path) -> AbstractContextManager[None]:
    """Turn any error of PyAV in the block into a MediaError about `path`."""
    return translate_os_errors(
        path,
        "cannot be read as a video",
        "give a whole mp4, mov, mkv or webm file",
        caught=av.FFmpegError,
    )


def _choose_stream(container: InputContainer, path: Path) -> av.VideoStream:
    if container.format.name == "tty":  # FFmpeg plays any .txt as the video of a terminal
        raise MediaError(f"{path} is a text, not a video: give an mp4, mov, mkv or webm file")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            return stream
    raise MediaError(f"{path} has no video stream: give a file with moving pictures")


def probe_video(path: Path) -> VideoInfo:
    """Look through a whole file, undecoded; raises MediaError when it is empty or cut off."""
    with open_video(path) as (container, video), translate_reading_errors(path):
        scan = _Scan()
        for packet in container.demux(video, *container.streams.audio):
            scan.add(packet, is_video=packet.stream_index == video.index)
        if not scan.frames:
            raise MediaError(f"{path} holds no frame: give a video with at least one")
        _refuse_cut_off(path, container, video, scan)
        assert video.time_base is not None
        moves = container.format.name in _CLOCK_STARTS_ANYWHERE
        return VideoInfo(
            frames=scan.frames,
            time_base=video.time_base,
            rate=video.average_rate or Fraction(30),
            tail=scan.tail,
            origin=math.floor(scan.start / video.time_base) if moves else 0,
            audio=tuple(
                stream.codec_context.codec.canonical_name for stream in container.streams.audio
            ),
        )


class _Scan:
    """Totals over the packets of a file."""

    def __init__(self) -> None:
        self.frames = self.tail = 0
        self.start = self.end = self.last = Fraction(0)
        self.is_torn = False
        self._is_empty = True

    def add(self, packet: "av.Packet[Any]", *, is_video: bool) -> None:
        self.frames += is_video and packet.size > 0
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return
        time = stamp * packet.time_base
        self.is_torn = packet.is_corrupt  # only that of the last packet counts
        self.start = time if self._is_empty else min(self.start, time)
        self.end = max(self.end, time + (packet.duration or 0) * packet.time_base)
        if is_video and time >= self.last:
            self.last, self.tail = time, packet.duration or 0
        self._is_empty = False


def _refuse_cut_off(
    path: Path, container: InputContainer, video: av.VideoStream, scan: _Scan
) -> None:
    formats, stated = container.format.name, Fraction(container.duration or 0, av.time_base)
    if "mp4" in formats:
        is_short = scan.is_torn or scan.frames < len(video.index_entries)
    elif "matroska" in formats:
        is_short = stated - (scan.end - scan.start) > _MISSING_AT_MOST_S
    elif formats == "avi":
        stated = video.frames * cast(Fraction, video.time_base)  # left-out frames counted
        is_short = stated - scan.end > _MISSING_AT_MOST_S
    else:
        is_short = False  # says nowhere how long it is
    if is_short:
        raise MediaError(
            f"{path} is cut off after {float(scan.last):.2f} of {float(stated):.2f} seconds: "
            "give the whole file"
        )


def read_frames(path: Path, info: VideoInfo, *, skip: int = 0) -> Generator[Frame, None, None]:
    """The frames of a probed file in order, all but the first `skip`.

    Pictures are upright (display matrix applied) and have square pixels. Decodes ahead on threads
    of its own, so that the caller may use every core. Raises MediaError for a damaged or unstamped
    frame.
    """
    with open_video(path) as (container, video), translate_reading_errors(path):
        to_rgb = _ToRgb(video)
        # AVI knows no times of showing; for H.264, FFmpeg takes those of decoding in their place.
        in_order = container.format.name != "avi" or video.codec_context.name != "h264"
        previous = None
        for index, picture in enumerate(_decode(container, video, path)):
            stamp = picture.pts if in_order else _decoding_time(picture, previous)
            if stamp is None or (previous is not None and stamp <= previous):
                raise MediaError(
                    f"frame {index} of {path} has no time after the one before: "
                    "rewrite the file, for example with ffmpeg -i FILE -fps_mode vfr NEW.mp4"
                )
            previous = stamp
            if index >= skip:
                yield Frame(to_rgb(picture), stamp - info.origin, info.time_base)


def _decoding_time(picture: av.VideoFrame, previous: int | None) -> int | None:
    """The time of the packet that released the picture; the last pictures come without one."""
    return picture.dts if picture.dts is not None or previous is None else previous + 1


def _decode(
    container: InputContainer, video: av.VideoStream, path: Path
) -> Iterator[av.VideoFrame]:
    time = None
    for packet in container.demux(video):
        try:
            pictures = video.decode(packet if packet.size else None)
        except av.error.InvalidDataError as error:
            if time is None:  # a broadcast that begins between two key frames
                continue
            raise MediaError(
                f"{path} is damaged after {time:.2f} seconds: give an undamaged copy"
            ) from error
        for picture in pictures:
            time = picture.time
            yield picture
    if time is None:
        raise MediaError(f"{path} holds no frame that can be decoded: give an undamaged copy")


class _ToRgb:
    """Turns decoded pictures of one stream into upright RGB arrays.

    The display matrix is the first picture's: PyAV ties a picture whose side data was looked at
    into a reference cycle, which cost 100 MB of pictures waiting for the garbage collector.
    """

    def __init__(self, video: av.VideoStream) -> None:
        self._pixel_aspect = video.sample_aspect_ratio or Fraction(1)
        self._reformatter = VideoReformatter()
        self._is_first = True
        self._matrix: _Matrix | None = None

    def __call__(self, picture: av.VideoFrame) -> Image:
        if self._is_first:
            self._is_first, self._matrix = False, _display_matrix(picture)
        rgb = self._reformatter.reformat(
            picture,
            width=max(round(picture.width * self._pixel_aspect), 1),
            format="rgb24",
            src_colorspace=_choose_colorspace(picture),
            src_color_range=_choose_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR | EXACT,
            threads=1,
        )
        image = np.asarray(rgb.to_ndarray(), np.uint8)
        return image if self._matrix is None else turn_upright(image, self._matrix)


def _choose_colorspace(picture: av.VideoFrame) -> Colorspace:
    if picture.colorspace in _BT2020:
        return Colorspace.BT2020
    if picture.colorspace in _BT709:
        return Colorspace.ITU709
    is_hd = picture.height >= _HD_ROWS and picture.colorspace not in _BT601
    return Colorspace.ITU709 if is_hd else Colorspace.ITU601


def _choose_range(picture: av.VideoFrame) -> ColorRange:
    is_full = picture.color_range == ColorRange.JPEG or picture.format.name.startswith("yuvj")
    return ColorRange.JPEG if is_full or picture.format.is_rgb else ColorRange.MPEG


def _display_matrix(picture: av.VideoFrame) -> _Matrix | None:
    """The (3, 3) matrix that `picture` carries, if any."""
    matrix = cast("SideData | None", picture.side_data.get("DISPLAYMATRIX"))
    return None if matrix is None else np.frombuffer(bytes(matrix), np.int32).reshape(3, 3)


def turn_upright(image: Image, matrix: _Matrix) -> Image:
    """Apply a display matrix: (3, 3) in the layout of ISO 14496-12, stored -> shown (row vectors).

    Quarter turns and mirrorings are exact; other angles count as the nearest of them.
    """
    (a, b), (c, d) = matrix[:2, :2].tolist()
    is_turned = abs(b) + abs(c) > abs(a) + abs(d)
    x_sign, y_sign = (c, b) if is_turned else (a, d)
    shown = image.transpose(1, 0, 2) if is_turned else image
    shown = shown[:: -1 if y_sign < 0 else 1, :: -1 if x_sign < 0 else 1]
    return np.ascontiguousarray(shown)
