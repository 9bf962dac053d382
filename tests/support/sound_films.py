"""Maker of tiny films with any sound in any container, and of what becomes of their sound."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer

from reenact.media.video_info import VideoInfo
from reenact.media.video_join import join_segments
from reenact.media.video_probe import probe_video
from reenact.media.video_target import check_target
from reenact.media.video_writer import SegmentWriter

FILMS = {
    "mp4": ("mp4", "mpeg4"),
    "mov": ("mov", "mpeg4"),
    "mkv": ("matroska", "mpeg4"),
    "webm": ("webm", "libvpx"),
    "avi": ("avi", "mpeg4"),
    "flv": ("flv", "flv"),
    "ts": ("mpegts", "mpeg2video"),
    "mxf": ("mxf", "mpeg2video"),
    "3gp": ("3gp", "mpeg4"),
    "asf": ("asf", "mpeg4"),
    "nut": ("nut", "mpeg4"),
    "mpg": ("mpeg", "mpeg2video"),
    "vob": ("vob", "mpeg2video"),
    "gxf": ("gxf", "mpeg2video"),
    "rm": ("rm", "rv10"),
    "wtv": ("wtv", "mpeg2video"),
}
"""Container and coder of the pictures by suffix."""

_RATES = {
    "libopencore_amrnb": 8000,
    "g723_1": 8000,
    "real_144": 8000,
    "nellymoser": 8000,
    "g722": 16000,
    "adpcm_swf": 22050,
    "adpcm_ima_amv": 22050,
    "roq_dpcm": 22050,
}
_BIT_RATES = {"wmav1": 128000, "wmav2": 128000}
_BROADCAST = {"mxf", "gxf"}
_SECONDS = 0.35
_PICTURES = 8


@dataclass(frozen=True)
class Sound:
    """The packets of a sound stream and what is heard of it."""

    starts: list[float]
    """Seconds at which each packet starts."""
    payload: bytes
    """The content of all packets, one after the other."""
    heard_s: float
    """Seconds of sound that a decoder gives."""


def sound_coders() -> list[str]:
    """All sound encoders of this PyAV, by name."""

    def is_sound(name: str) -> bool:
        try:
            return av.Codec(name, "w").type == "audio"
        except ValueError:
            return False

    return sorted(filter(is_sound, av.codecs_available))


def write_film(folder: Path, suffix: str, coder: str) -> Path | None:
    """Eight pictures and a tone in `coder`; None where FFmpeg cannot make that."""
    path = folder / f"{coder}.{suffix}"
    for layout in ("mono", "stereo"):
        for options in ({}, {"strict": "-2"}):
            try:
                return _write_film(path, coder, layout, options)
            except (av.FFmpegError, ValueError, NotImplementedError):
                path.unlink(missing_ok=True)
    return None


def _write_film(path: Path, coder: str, layout: str, options: dict[str, str]) -> Path:
    container, pictures = FILMS[path.suffix[1:]]
    width, height = (720, 576) if container in _BROADCAST else (176, 144)
    with av.open(str(path), "w", format=container, options=options) as file:
        video: Any = file.add_stream(pictures, rate=25)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        rate = _RATES.get(coder, 48000)
        sound: Any = file.add_stream(coder, rate=rate, layout=layout, options=options)
        if coder in _BIT_RATES:
            sound.bit_rate = _BIT_RATES[coder]
        file.start_encoding()
        for number in range(_PICTURES):
            picture = av.VideoFrame(width, height, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            file.mux(video.encode(picture))
        file.mux(video.encode(None))
        _write_tone(file, sound, rate)
    return path


def _write_tone(file: OutputContainer, stream: Any, rate: int) -> None:
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, context.layout, rate, context.frame_size or 1024)
    tone = 0.4 * np.sin(np.arange(int(_SECONDS * rate)) * 2 * np.pi * 440 / rate)
    frame = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        file.mux(stream.encode(part))
    file.mux(stream.encode(None))


def join(source: Path, target: Path) -> list[str]:
    """Check the target, then join the source's sound with three small pictures; the notes."""
    info = probe_video(source)
    notes = check_target(target, source, info)
    segment = target.with_name(".segment.mp4")
    with SegmentWriter(segment, info, quality=40) as writer:
        for number in range(3):
            writer.write(np.zeros((16, 16, 3), np.uint8), number * _step(info))
    join_segments([writer.segment], source, info, target)
    return notes


def _step(info: VideoInfo) -> int:
    return max(round(Fraction(1, 25) / info.time_base), 1)


def sound_in(path: Path, index: int = 0) -> Sound:
    """What a file holds of its sound stream."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[index]
        packets = [packet for packet in file.demux(stream) if packet.size]
        return Sound(
            [float((packet.dts or 0) * packet.time_base) for packet in packets],
            b"".join(bytes(packet) for packet in packets),
            _heard(path, index),
        )


def _heard(path: Path, index: int) -> float:
    with av.open(str(path)) as file:
        stream = file.streams.audio[index]
        samples = 0
        packets = [packet for packet in file.demux(stream) if packet.size]
        for packet in (*packets, None):
            with suppress(av.error.InvalidDataError):  # FFmpeg's own player skips it as well
                samples += sum(frame.samples for frame in stream.decode(packet))
        return samples / stream.rate


def write_dts_film(pictures: Path, path: Path) -> Path:
    """The pictures of a film with DTS, which PyAV does not encode: frames of a header and zeros."""
    fields = [
        (0x7FFE8001, 32),
        (1, 1),
        (31, 5),
        (0, 1),
        (15, 7),
        (511, 14),
        (2, 6),
        (13, 4),
        (15, 5),
    ]
    header = "".join(format(value, f"0{bits}b") for value, bits in fields)
    frame = int(header.ljust(512 * 8, "0"), 2).to_bytes(512, "big")
    with av.open(str(pictures)) as given, av.open(str(path), "w") as file:
        video = file.add_stream_from_template(given.streams.video[0])
        sound: Any = file.add_mux_stream("dts", rate=48000)
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = video
                file.mux_one(packet)
        for number in range(90):
            made: av.Packet[Any] = av.Packet(frame)
            made.pts = made.dts = number * 512
            made.duration, made.time_base, made.stream = 512, Fraction(1, 48000), sound
            file.mux_one(made)
    return path


def remux(source: Path, target: Path) -> Path:
    """Copy all packets into another container."""
    return trim(source, target, 0)


def trim(source: Path, target: Path, cut_s: float) -> Path:
    """Copy an mp4 or mov so that an edit list hides its first `cut_s` seconds."""
    options = {"avoid_negative_ts": "disabled"}
    with av.open(str(source)) as given, av.open(str(target), "w", options=options) as file:
        streams = {
            stream.index: file.add_stream_from_template(stream)
            for stream in (*given.streams.video, *given.streams.audio)
        }
        for packet in given.demux(*(given.streams[index] for index in streams)):
            if packet.dts is None or packet.pts is None:
                continue
            shift = round(Fraction(cut_s) / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = streams[packet.stream_index]
            file.mux_one(packet)
    return target


def patch_times(path: Path, earlier_ms: Callable[[int], int]) -> Path:
    """Make each sound packet of a Matroska file, by its number, earlier, as FFmpeg would not."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        packets = [bytes(packet) for packet in file.demux(file.streams.audio[0]) if packet.size]
    for number, packet in enumerate(packets):
        at = data.index(packet) - 3  # a block's time, before its flags
        time = int.from_bytes(data[at : at + 2], "big", signed=True) - earlier_ms(number)
        data[at : at + 2] = time.to_bytes(2, "big", signed=True)
    path.write_bytes(data)
    return path
