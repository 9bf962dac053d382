"""Joining of a video: the finished segments and the source's sound and tags become one file."""

import heapq
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer

from reenact.errors import JoinError, MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_sound import Packet, SoundCopier
from reenact.media.video_streams import open_video
from reenact.media.video_tags import copy_tags
from reenact.media.video_writer import SIZE_CHANGES, Segment

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""Container by the suffix of a target."""

_LARGEST_TIMESCALE = 2**31 - 1


def join_segments(segments: Sequence[Segment], source: Path, info: VideoInfo, target: Path) -> None:
    """Write the segments, one after the other, and the sound packets of `source`, untouched.

    Stamps are those of the source, exactly; Matroska rounds them to milliseconds. Raises OSError
    when `target` cannot be written, JoinError when its container does not take what is in it.
    """
    with translate_refusals(target):
        join_into(str(target), FORMATS[target.suffix.lower()], segments, source, info)


def join_into(
    file: str | io.RawIOBase,
    container_format: str,
    segments: Sequence[Segment],
    source: Path,
    info: VideoInfo,
) -> list[str]:
    """Do as `join_segments` says, into a file by its name or an open one; return the notes.

    Raises whatever PyAV raises. An open file must be seekable, and is not read.
    """
    with (
        segments[0].open() as first,
        open_video(source, info.stream) as (opened, film),
        av.open(
            file,
            "w",
            format=container_format,
            options=_muxer_options(container_format, opened, info, moves=isinstance(file, str)),
        ) as container,
    ):
        video = container.add_stream_from_template(first.streams.video[0])
        video.time_base = info.time_base
        sound = SoundCopier(opened, container, info)
        tagged = {film.index: video, **sound.streams}
        left_out = copy_tags(opened, container, tagged, info.origin * info.time_base)
        container.start_encoding()
        pictures = _restamp(segments, video, info)
        for packet in heapq.merge(pictures, sound.packets(), key=_time):
            if packet.stream is video:
                container.mux_one(packet)
            else:
                sound.mux(packet)
        return [*sound.notes, *left_out]


@contextmanager
def translate_refusals(target: Path) -> Iterator[None]:
    """Turn what PyAV raises when a container takes something not into a JoinError.

    Errors of the disk stay as they are.
    """
    try:
        yield
    except OSError:
        raise
    except (av.FFmpegError, ValueError, OverflowError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise JoinError(
            f"{target} cannot be put together ({reason}): "
            "leave the sound out with --sound none, which takes over the finished pictures"
        ) from error


def _muxer_options(
    container_format: str, source: InputContainer, info: VideoInfo, *, moves: bool
) -> dict[str, str]:
    """moves: whether the file can be read again, to move its index to the beginning."""
    if container_format == "matroska":
        # Sound that starts before zero, as AAC's does, must not push the pictures to later.
        return {"avoid_negative_ts": "disabled"}
    # A late start is written in the movie's units; FFmpeg's are milliseconds unless told.
    units = info.time_base.denominator
    for track in info.sound:
        finer = math.lcm(units, cast(av.AudioStream, source.streams[track.index]).rate)
        units = finer if finer <= _LARGEST_TIMESCALE else units
    options = {"movie_timescale": str(units)}
    return options | {"movflags": "+faststart"} if moves else options


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
        with segment.open() as container:
            stream = container.streams.video[0]
            if stream.codec_context.extradata != extradata:
                raise MediaError(SIZE_CHANGES)
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                packet.pts = packet.dts = _ticks(packet, info.time_base) + segment.start
                packet.time_base = info.time_base
                yield packet


def _ticks(packet: Packet, time_base: Fraction) -> int:
    """The packet's time in another base, where it must be a whole number."""
    ticks = cast(int, packet.pts) * packet.time_base / time_base
    assert ticks.denominator == 1, "the segment's own time base divides the source's"
    return int(ticks)


def _time(packet: Packet) -> Fraction:
    return cast(int, packet.dts) * packet.time_base
