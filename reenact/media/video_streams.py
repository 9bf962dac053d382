"""Streams of an opened video file, and their packets, past damage where that can be done."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer
from av.stream import Disposition

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.media.video_kinds import require_demuxer
from reenact.media.video_open import open_container

Packet: TypeAlias = "av.Packet[Any]"

_NO_FILM = (
    Disposition.attached_pic
    | Disposition.timed_thumbnails
    | Disposition.still_image
    | Disposition.dependent
)
_FAILURES = 32  # in a row: damage can often be stepped over, but some demuxers fail for ever


@contextmanager
def open_video(
    path: Path, index: int | None = None
) -> Iterator[tuple[InputContainer, av.VideoStream]]:
    """Open a file for reading and choose its stream of moving pictures.

    index: the stream's number, as `VideoInfo` has it; without it the first that may be the film.
    Raises MediaError when it is no video.
    """
    with translate_reading_errors(path):
        container = open_container(path, require_demuxer(path))
    with container:
        films = find_films(container, path)
        yield container, next((film for film in films if film.index == index), films[0])


def translate_reading_errors(path: Path) -> AbstractContextManager[None]:
    """Turn any error of PyAV in the block into a MediaError about `path`."""
    return translate_os_errors(
        path,
        "cannot be read as a video",
        "give a whole mp4, mov, mkv or webm file",
        caught=av.FFmpegError,
    )


def find_films(container: InputContainer, path: Path) -> list[av.VideoStream]:
    """The streams that may be the film, the file's default first; raises MediaError for none."""
    films = [
        stream
        for stream in container.streams.video
        if has_decoder(stream) and not stream.disposition & _NO_FILM
    ]
    if not films:
        raise MediaError(f"{path} has no video stream: give a file with moving pictures")
    return sorted(films, key=lambda stream: not stream.disposition & Disposition.default)


def has_decoder(stream: av.VideoStream | av.AudioStream) -> bool:
    """Whether FFmpeg knows the stream's codec; PyAV's annotation does not say that it may not."""
    context: object = stream.codec_context
    return context is not None


def read_packets(
    container: InputContainer,
    streams: Sequence[av.VideoStream | av.AudioStream],
    on_damage: Callable[[], None],
) -> Iterator[Packet]:
    """The packets of some streams in the file's order; those that only hold a time are empty.

    Calls `on_damage` where the file cannot be understood, and goes on after it.
    """
    failures = 0
    while failures < _FAILURES:
        try:
            for packet in container.demux(*streams):
                failures = 0
                if packet.size or packet.dts is not None:  # not the end
                    yield packet
        except av.FFmpegError:
            failures += 1
            on_damage()
        else:
            return


def decode_pictures(
    container: InputContainer, video: av.VideoStream, on_damage: Callable[[], None]
) -> Iterator[av.VideoFrame]:
    """The pictures of a stream in the order of showing, decoded on threads of their own.

    Calls `on_damage` for each packet that is torn or cannot be decoded, and goes on after it.
    """
    video.thread_type = "AUTO"
    packets = (packet for packet in read_packets(container, [video], on_damage) if packet.size)
    for packet in chain(packets, [None]):
        if packet is not None and packet.is_corrupt:
            on_damage()  # decoders drop what refers to it without a word
        try:
            yield from video.decode(packet)
        except av.FFmpegError:
            on_damage()
