"""Writer of video files: closed H.264 segments, then one file of them with the source's sound."""

import heapq
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_reader import EXACT
from reenact.media.video_streams import open_video, translate_reading_errors
from reenact.types import Image

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""Container by the suffix of a target."""

ENCODER = f"PyAV {av.__version__}"
"""Name and version of the encoder; another one makes slightly different pictures."""

_BT709 = 1  # AVColorSpace, AVColorPrimaries, AVColorTransferCharacteristic
_ENCODER_THREADS = 2  # fixed: x264's result depends on it
_LARGEST_TIMESCALE = 2**31 - 1
_SIZE_CHANGES = (
    "the pictures change their size midway, which one video cannot: "
    "choose --layout crop, or scale the source to one size first"
)

Packet: TypeAlias = "av.Packet[Any]"


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished piece of a video."""

    path: Path
    """Its file."""
    start: int
    """Time of its first picture, ticks of the source's time base."""
    frames: int
    """Number of its pictures."""


class SegmentWriter:
    """Encodes pictures into a file that needs no other to be decoded. A context manager.

    H.264, yuv420p, BT.709 in limited range, no reordering: so segments join without re-stamping,
    and the same pictures give the same bytes. Raises OSError when the file cannot be written.
    """

    def __init__(self, path: Path, info: VideoInfo, *, quality: int) -> None:
        self._path, self._info, self._quality = path, info, quality
        self._reformatter = VideoReformatter()
        self._container = av.open(str(path), "w", format="mp4")
        self._stream: av.VideoStream | None = None
        self._start = 0
        self._frames = 0

    @property
    def segment(self) -> Segment:
        """The segment as far as it is written."""
        return Segment(self._path, self._start, self._frames)

    def write(self, image: Image, pts: int) -> None:
        """Append a picture, (H, W, 3); odd sides are evened by repeating the last row or column."""
        if self._stream is None:
            self._stream, self._start = self._open_stream(image), pts
        frame = self._to_yuv(image)
        if (frame.height, frame.width) != (self._stream.height, self._stream.width):
            raise MediaError(_SIZE_CHANGES)
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


def check_container(target: Path, audio: Sequence[str]) -> None:
    """Raise MediaError unless `target` may hold H.264 beside the sound codecs `audio`."""
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise MediaError(f"{target} must end in {', '.join(FORMATS)}: choose one of these")
    for codec in audio:
        if not _holds(FORMATS[suffix], codec):
            remedy = "convert that sound first, for example with ffmpeg -c:v copy -c:a aac"
            if _holds("matroska", codec):
                remedy = f"write to {target.with_suffix('.mkv').name} instead"
            raise MediaError(f"{suffix} files cannot hold the source's {codec} sound: {remedy}")


def _holds(container_format: str, codec: str) -> bool:
    with av.open(io.BytesIO(), "w", format=container_format) as container:
        return codec in container.supported_codecs


def join_segments(segments: Sequence[Segment], sound: Path, info: VideoInfo, target: Path) -> None:
    """Write the segments, one after the other, and every sound packet of `sound`, untouched.

    Stamps are those of the source, exactly; Matroska rounds them to milliseconds. Raises OSError
    when `target` cannot be written.
    """
    with (
        av.open(str(segments[0].path)) as first,
        open_video(sound) as (source, _),
        av.open(
            str(target),
            "w",
            format=FORMATS[target.suffix.lower()],
            options=_muxer_options(target, source, info),
        ) as container,
    ):
        video = container.add_stream_from_template(first.streams.video[0])
        video.time_base = info.time_base
        pictures = _restamp(segments, video, info)
        for packet in heapq.merge(pictures, _copy_sound(source, container, info), key=_time):
            container.mux_one(packet)


def _muxer_options(target: Path, source: InputContainer, info: VideoInfo) -> dict[str, str]:
    if FORMATS[target.suffix.lower()] == "matroska":
        # Sound that starts before zero, as AAC's does, must not push the pictures to later.
        return {"avoid_negative_ts": "disabled"}
    # A late start is written in the movie's units; FFmpeg's are milliseconds unless told.
    units = info.time_base.denominator
    for stream in _sound_streams(source, info):
        finer = math.lcm(units, stream.rate)
        units = finer if finer <= _LARGEST_TIMESCALE else units
    return {"movflags": "+faststart", "movie_timescale": str(units)}


def _restamp(
    segments: Iterable[Segment], stream: av.VideoStream, info: VideoInfo
) -> Iterator[Packet]:
    """The packets of all segments with the source's stamps, each with its exact duration."""
    waiting, step = None, 1
    for packet in _read_packets(segments, stream.codec_context.extradata, info):
        packet.stream = stream
        if waiting is not None:
            step = waiting.duration = cast(int, packet.pts) - cast(int, waiting.pts)
            yield waiting
        waiting = packet
    if waiting is not None:
        waiting.duration = info.tail or step
        yield waiting


def _read_packets(
    segments: Iterable[Segment], extradata: bytes | None, info: VideoInfo
) -> Iterator[Packet]:
    for segment in segments:
        with av.open(str(segment.path)) as container:
            stream = container.streams.video[0]
            if stream.codec_context.extradata != extradata:
                raise MediaError(_SIZE_CHANGES)
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                packet.pts = packet.dts = _ticks(packet, info.time_base) + segment.start
                packet.time_base = info.time_base
                yield packet


def _copy_sound(
    source: InputContainer, container: OutputContainer, info: VideoInfo
) -> Iterator[Packet]:
    streams = {
        stream.index: container.add_stream_from_template(stream)
        for stream in _sound_streams(source, info)
    }
    return _shift(source, streams, info.origin * info.time_base)


def _sound_streams(source: InputContainer, info: VideoInfo) -> list[av.AudioStream]:
    return [cast(av.AudioStream, source.streams[track.index]) for track in info.sound]


def _shift(
    source: InputContainer, streams: dict[int, av.AudioStream], origin: Fraction
) -> Iterator[Packet]:
    packets = source.demux(*(source.streams[index] for index in streams)) if streams else iter(())
    with translate_reading_errors(Path(source.name)):
        for packet in packets:
            if packet.dts is None:  # the end
                continue
            shift = round(origin / packet.time_base)
            packet.dts -= shift
            packet.pts = packet.dts if packet.pts is None else packet.pts - shift
            packet.stream = streams[packet.stream_index]
            yield packet


def _ticks(packet: Packet, time_base: Fraction) -> int:
    """The packet's time in another base, where it must be a whole number."""
    ticks = cast(int, packet.pts) * packet.time_base / time_base
    assert ticks.denominator == 1, "the segment's own time base divides the source's"
    return int(ticks)


def _time(packet: Packet) -> Fraction:
    return cast(int, packet.dts) * packet.time_base
