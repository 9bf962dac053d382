"""Maker of small video clips with known frames, stamps and sound, for tests."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer

from reenact.types import Image

NTSC = Fraction(1, 30000)
BITS = 8


def numbered_picture(number: int, size: tuple[int, int]) -> Image:
    """(H, W, 3): the number as eight black or white bars, under a red square at the top left."""
    height, width = size
    picture = np.full((height, width, 3), 128, np.uint8)
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for bit in range(BITS):
        picture[height // 2 :, edges[bit] : edges[bit + 1]] = 255 * (number >> bit & 1)
    picture[: height // 4, : width // 4] = (220, 20, 20)
    return picture


def number_in(picture: Image) -> int:
    """The number that `numbered_picture` wrote, read back from an upright picture."""
    height, width = picture.shape[:2]
    centres = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    bars = picture[height * 3 // 4, centres].mean(axis=-1) > 128
    return int(sum(int(bar) << bit for bit, bar in enumerate(bars)))


def steady(count: int, step: int, start: int = 0) -> list[int]:
    return [start + step * index for index in range(count)]


def write_clip(
    path: Path,
    *,
    pts: Sequence[int] = tuple(steady(30, 1001)),
    time_base: Fraction = NTSC,
    size: tuple[int, int] = (48, 64),
    codec: str = "libx264",
    audio: Sequence[str] = ("aac",),
    rotation: int = 0,
    mirrored: bool = False,
    pixel_aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write numbered pictures at `pts` and a tone; `size` is (height, width) as a viewer sees it.

    rotation: degrees that the display matrix turns the stored pictures, counter-clockwise, before
    it mirrors them.
    """
    mp4 = {"movflags": "+faststart", "movie_timescale": str(time_base.denominator)}
    with av.open(str(path), "w", options=mp4 if path.suffix in {".mp4", ".mov"} else {}) as file:
        video = file.add_stream(codec, rate=30, options=options or {})
        assert isinstance(video, av.VideoStream)
        video.height, video.width = size[:: 1 if rotation % 180 == 0 else -1]
        video.pix_fmt = _choose_format(codec, size)
        video.codec_context.time_base = time_base
        if pixel_aspect is not None:
            video.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation or mirrored:
            video.set_display_rotation(rotation, hflip=mirrored)
        sounds = [_add_sound(file, name) for name in audio]
        file.start_encoding()
        for number, stamp in enumerate(pts):
            shown = numbered_picture(number, size)
            stored = np.rot90(shown[:, ::-1] if mirrored else shown, -rotation // 90)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="rgb24")
            frame.pts, frame.time_base = stamp, time_base
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        for sound in sounds:
            _write_tone(file, sound, float(max(pts, default=0) * time_base) + 0.1)
    return path


def _choose_format(codec: str, size: tuple[int, int]) -> str:
    if codec == "gif":
        return "rgb8"
    return "yuv444p" if size[0] % 2 or size[1] % 2 else "yuv420p"


def write_tone(path: Path, *, codec: str = "aac") -> Path:
    """Write a file with a second of sound and no picture."""
    with av.open(str(path), "w") as file:
        _write_tone(file, _add_sound(file, codec), 1.0)
    return path


def _add_sound(file: OutputContainer, codec: str) -> av.AudioStream:
    sound = file.add_stream(codec, rate=48000)
    assert isinstance(sound, av.AudioStream)
    return sound


def _write_tone(file: OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, context.layout, 48000, context.frame_size or 1024)
    tone = np.sin(np.arange(int(seconds * 48000)) * 2 * np.pi * 440 / 48000)
    frame = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        file.mux(stream.encode(part))
    file.mux(stream.encode(None))


def stamps_of(path: Path) -> list[Fraction]:
    """The exact time of every frame of a video, in seconds."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [time for frame in frames if (time := _time_of(frame)) is not None]


def _time_of(part: "av.VideoFrame | av.Packet[av.AudioStream]") -> Fraction | None:
    """In seconds; none of the empty packet at the end of a file."""
    return None if part.pts is None or part.time_base is None else part.pts * part.time_base


def pictures_of(path: Path) -> list[npt.NDArray[np.uint8]]:
    """The decoded frames of a video in their own pixel format, bit for bit."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(), np.uint8) for frame in container.decode(video=0)]


def sound_packets_of(path: Path, index: int = 0) -> list[tuple[Fraction, bytes]]:
    """Time and content of every packet of an audio stream."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[index]
        timed = ((_time_of(packet), bytes(packet)) for packet in container.demux(stream))
        return [(time, data) for time, data in timed if time is not None]


def truncate(path: Path, fraction: float) -> Path:
    """Keep only the first part of the file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])
    return path


def damage(path: Path, start: float, end: float) -> None:
    """Overwrite a part of the pictures' data in an mp4; `start` and `end` are fractions of it."""
    data = bytearray(path.read_bytes())
    first = data.index(b"mdat") + 4
    length = len(data) - first
    for place in range(first + int(length * start), first + int(length * end)):
        data[place] = 0xFF
    path.write_bytes(data)


def rename_last_track(path: Path, codec: bytes) -> Path:
    """Give an mp4's last track, of AAC sound, another codec's four letters and no description."""
    data = path.read_bytes()
    start = data.rindex(b"stsd")
    head, entry = data[:start], data[start:]
    path.write_bytes(head + entry.replace(b"mp4a", codec, 1).replace(b"esds", b"free", 1))
    return path
