"""Probe of video files: reads every packet, decodes none, and knows all that frames need."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
from av.container import InputContainer

from reenact.errors import MediaError
from reenact.media.video_info import SoundTrack, VideoInfo
from reenact.media.video_streams import has_decoder, open_video, translate_reading_errors

_Packet: TypeAlias = "av.Packet[Any]"

_CLOCK_STARTS_ANYWHERE = {"mpegts", "mpeg"}
_MISSING_AT_MOST_S = 0.25  # of the length a Matroska or AVI file states: writers round it


def probe_video(path: Path) -> VideoInfo:
    """Look through a whole file, undecoded; raises MediaError when it is empty or cut off."""
    with open_video(path) as (container, video), translate_reading_errors(path):
        scan = _Scan()
        sounds = {
            stream.index: _SoundScan(stream)
            for stream in container.streams.audio
            if has_decoder(stream)
        }
        for packet in container.demux(video, *(sound.stream for sound in sounds.values())):
            scan.add(packet, is_video=packet.stream_index == video.index)
            if packet.stream_index in sounds:
                sounds[packet.stream_index].add(packet)
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
            sound=tuple(sound.track for sound in sounds.values() if sound.packets),
            notes=tuple(_note_left_out(container, sounds)),
        )


class _Scan:
    """Totals over the packets of a file."""

    def __init__(self) -> None:
        self.frames = self.tail = 0
        self.start = self.end = self.last = Fraction(0)
        self.is_torn = False
        self._is_empty = True

    def add(self, packet: _Packet, *, is_video: bool) -> None:
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


class _SoundScan:
    """Totals over the packets of one sound stream."""

    def __init__(self, stream: av.AudioStream) -> None:
        self.stream = stream
        self.packets = self._hidden = self._setback = 0
        self._last: int | None = None
        self._has_durations = True

    def add(self, packet: _Packet) -> None:
        if packet.dts is None:
            return
        if self._last is not None:
            self._setback = max(self._setback, self._last + 1 - packet.dts)
        self._last = packet.dts
        self.packets += 1
        self._hidden += packet.is_discard
        self._has_durations &= bool(packet.duration)

    @property
    def track(self) -> SoundTrack:
        codec = self.stream.codec_context.codec
        return SoundTrack(
            index=self.stream.index,
            codec=codec.canonical_name,
            coder=codec.name,
            packets=self.packets,
            hidden=self._hidden,
            setback=self._setback,
            has_durations=self._has_durations,
        )


def _note_left_out(container: InputContainer, sounds: dict[int, _SoundScan]) -> list[str]:
    """A sentence for each sound stream that is not in the result, numbered as users count them."""
    notes = []
    for number, stream in enumerate(container.streams.audio, 1):
        if stream.index not in sounds:
            notes.append(f"sound track {number} is left out: its format is not known")
        elif not sounds[stream.index].packets:
            notes.append(f"sound track {number} is left out: it holds nothing that has a time")
    return notes


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
