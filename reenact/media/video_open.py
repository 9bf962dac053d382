"""Opening of video files: one file, with one reader of FFmpeg, within the bounds of `limits`."""

from pathlib import Path

import av
from av.container import InputContainer

from reenact.errors import MediaError
from reenact.media.limits import MOST_FRAME_PIXELS, MOST_STREAMS, PROBED_BYTES, PROBED_S
from reenact.media.mov_claims import refuse_claims


def open_container(
    path: Path,
    demuxer: str,
    *,
    most_streams: int = MOST_STREAMS,
    most_pixels: int = MOST_FRAME_PIXELS,
) -> InputContainer:
    """Open a file with that reader, which may open no other file and no connection.

    Its streams decode no picture of more than `most_pixels`, also where the size changes midway.
    Raises MediaError for impossible claims and too many streams, else whatever PyAV raises.
    """
    if demuxer == "mov":
        refuse_claims(path)
    bound = {"max_pixels": str(most_pixels)}  # for the decoders that FFmpeg tries while it probes
    try:
        container = av.open(
            str(path.absolute()),  # a relative name might be taken for a protocol's
            format=demuxer,
            metadata_errors="replace",
            options={
                "protocol_whitelist": "file",
                "max_streams": str(most_streams + 1),  # some readers fail, others stop there
                "probesize": str(PROBED_BYTES),
                "analyzeduration": str(PROBED_S * 1_000_000),
                **bound,
            },
        )
    except MemoryError as error:
        raise MediaError(_describe_excess(path, most_streams)) from error
    if len(container.streams) > most_streams:
        container.close()
        raise MediaError(_describe_excess(path, most_streams))
    for stream in container.streams.video:
        context: object = stream.codec_context
        if context is not None:  # of a codec that FFmpeg knows
            stream.codec_context.options = bound
    return container


def _describe_excess(path: Path, most_streams: int) -> str:
    return (
        f"{path} has more than {most_streams} streams, or claims more memory than there is: "
        "rewrite it, for example with ffmpeg -i FILE NEW.mp4"
    )
