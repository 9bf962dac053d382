"""Streams of an opened video file: which one is the film, and which are sound."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors


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
        if has_decoder(stream) and not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            return stream
    raise MediaError(f"{path} has no video stream: give a file with moving pictures")


def has_decoder(stream: av.VideoStream | av.AudioStream) -> bool:
    """Whether FFmpeg knows the stream's codec; PyAV's annotation does not say that it may not."""
    context: object = stream.codec_context
    return context is not None
