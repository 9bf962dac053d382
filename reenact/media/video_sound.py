"""Copier of sound: the packets of a source, untouched, with times that the new file can take.

What an edit list cuts away stays away, packets without a time or a length get theirs, and times
that repeat or fall are moved up, as `ffmpeg -c copy` does.
"""

import struct
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias, cast

import av
from av.container import InputContainer, OutputContainer
from av.rational import AVRational

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_streams import read_packets

Packet: TypeAlias = "av.Packet[Any]"

_WARM_UP_S = Fraction(8, 100)  # that Opus wants decoded before what is heard; no codec wants more
_WARM_UP_PACKETS = 64  # of 1.25 ms each, the shortest that any codec has
_OUT_OF_STEP_S = 1  # a shift that no player makes up for; ears notice an eighth of it


class SoundCopier:
    """Copies all sound streams of a source into a container whose header is yet to be written."""

    def __init__(self, source: InputContainer, container: OutputContainer, info: VideoInfo) -> None:
        """info: which streams, and the source's origin."""
        self._source, self._container = source, container
        origin = info.origin * info.time_base
        hides = container.format.name != "matroska"  # mp4 and mov by an edit list
        self._tracks = {
            sound.index: _Track(number, source, container, sound.index, origin, hides=hides)
            for number, sound in enumerate(info.sound, 1)
        }

    @property
    def streams(self) -> dict[int, av.AudioStream]:
        """The new streams by the index of that which they copy."""
        return {index: track.stream for index, track in self._tracks.items()}

    @property
    def notes(self) -> list[str]:
        """Sentences for the user about what was mended in the packets so far."""
        return [note for track in self._tracks.values() if (note := track.note)]

    def mux(self, packet: Packet) -> None:
        """Write a packet, or leave it out when its content is damaged.

        Raises InvalidDataError when the container has taken none of its track so far.
        """
        track = next(track for track in self._tracks.values() if track.stream is packet.stream)
        try:
            self._container.mux_one(packet)
            track.taken += 1
        except av.error.InvalidDataError:
            if not track.taken:
                raise
            track.refused += 1

    def packets(self) -> Iterator[Packet]:
        """All packets in the new streams' time bases, so the header must have been written.

        Raises MediaError when a stream's times are beyond mending.
        """
        if not self._tracks:
            return
        streams = [cast(av.AudioStream, self._source.streams[index]) for index in self._tracks]
        for packet in read_packets(self._source, streams, on_damage=lambda: None):
            yield from self._tracks[packet.stream_index].take(packet)
        for track in self._tracks.values():
            yield from track.end()


class _Track:
    """One stream on its way; a packet is held back until the next says how long it lasts."""

    def __init__(
        self,
        number: int,
        source: InputContainer,
        container: OutputContainer,
        index: int,
        origin: Fraction,
        *,
        hides: bool,
    ) -> None:
        """number: as users count the sound tracks. hides: whether the file can hide a beginning."""
        template = cast(av.AudioStream, source.streams[index])
        self.stream = container.add_stream_from_template(template)
        self._number, self._origin, self._hides = number, origin, hides
        self._is_strict = hides  # Matroska lets times repeat
        self._needs_warm_up = not template.codec_context.codec.lossless
        self._is_fragmented = not template.frames  # those are counted in the fragments alone
        self._frame_samples = template.codec_context.frame_size
        self._cut: deque[Packet] = deque(maxlen=_WARM_UP_PACKETS)
        self._heard_from = 0  # ticks of the source
        self._held: Packet | None = None
        self._step = 0  # ticks of the source between its last two packets
        self._last: Packet | None = None
        self._most_shift = Fraction(0)
        self._is_beyond_a_packet = False
        self.taken = self.refused = 0  # packets, by the container

    @property
    def note(self) -> str:
        """A sentence for the user, empty when there is nothing to say."""
        if self.refused:
            return f"sound track {self._number} is damaged: packets left out: {self.refused}"
        if not self._is_beyond_a_packet:
            return ""
        return (
            f"the times of sound track {self._number} repeat or fall: parts of it come up to "
            f"{float(self._most_shift):.2f} seconds late"
        )

    def take(self, packet: Packet) -> Iterator[Packet]:
        """The packets that are ready now that `packet` has come."""
        self._give_times(packet)
        held = self._held
        if held is not None:
            self._step = max(_dts(packet) - _dts(held), 0)
            if not packet.size or not self._is_cut(packet, held):
                held.duration = held.duration or self._step
                yield self._fit(held, packet)
                self._held = packet if packet.size else None
        elif self._comes_too_early(packet):
            self._cut.append(packet)
        elif packet.size:
            yield from map(self._fit, self._warm_up(packet))
            self._held = packet

    def end(self) -> Iterator[Packet]:
        """What is left when the source has ended."""
        if self._held is None:
            return
        last = self._held
        tick = last.time_base * self.stream.rate
        lasts = last.duration or self._step or round(self._frame_samples / tick)
        if self._hides:
            lasts -= round(_samples_cut_off(last)[1] / tick)
        last.duration = max(lasts, 1)  # FFmpeg drops a last packet that lasts no time
        yield self._fit(last)

    def _give_times(self, packet: Packet) -> None:
        shift = round(self._origin / packet.time_base)
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        elif packet.pts is not None:
            packet.dts = packet.pts
        else:
            before = self._held
            packet.dts = 0 if before is None else _dts(before) + (before.duration or self._step)
        packet.pts = packet.dts if packet.pts is None else packet.pts

    def _comes_too_early(self, packet: Packet) -> bool:
        """Whether a packet before all that are heard is cut away."""
        if packet.is_discard and not self._cut:
            tick = packet.time_base * self.stream.rate
            self._heard_from = _dts(packet) + round(_samples_cut_off(packet)[0] / tick)
        # FFmpeg does not mark all of them.
        ends_early = bool(self._cut) and _dts(packet) + _duration(packet) <= self._heard_from
        return packet.is_discard or ends_early

    def _is_cut(self, packet: Packet, before: Packet) -> bool:
        """Whether an edit list cuts away a packet after the first that is heard.

        FFmpeg also marks packets of fragmented files whose time does not rise; those are heard.
        """
        rise = _dts(packet) - _dts(before)
        return packet.is_discard and (rise > 0 or (rise < 0 and not self._is_fragmented))

    def _warm_up(self, first: Packet) -> list[Packet]:
        """The packets before the first that is heard which its decoder needs.

        Where the file cannot hide them, at most one that would be heard, and none if `first` itself
        begins before what the edit list shows.
        """
        if not self._cut:
            return []
        if self._hides:
            reach = _WARM_UP_S / first.time_base
        else:
            is_begun = _dts(first) < 0
            reach = Fraction(0 if is_begun or not self._needs_warm_up else _duration(self._cut[-1]))
        kept = [packet for packet in self._cut if _dts(first) - _dts(packet) <= reach]
        self._cut.clear()
        return kept

    def _fit(self, packet: Packet, coming: "Packet | None" = None) -> Packet:
        """`packet` in the new stream and its ticks, after the packet before it."""
        packet.stream = self.stream
        packet.rescale_ts(AVRational(cast(Fraction, self.stream.time_base)))
        if self._last is not None:
            earliest = _dts(self._last) + self._is_strict
            if _dts(packet) < earliest:
                self._move_up(packet, earliest, coming)
        self._last = packet
        return packet

    def _move_up(self, packet: Packet, earliest: int, coming: "Packet | None") -> None:
        """Move a packet to the end of the one before, where there is room, or else by ticks."""
        before = cast(Packet, self._last)
        following = _dts(before) + _duration(before)
        if coming is not None:
            next_time = _dts(coming) * coming.time_base / packet.time_base
            has_room = following < next_time or next_time <= _dts(packet)  # or several share one
            earliest = max(earliest, following) if has_room else earliest
        shift = (earliest - _dts(packet)) * packet.time_base
        self._most_shift = max(self._most_shift, shift)
        self._is_beyond_a_packet |= shift > _duration(packet) * packet.time_base
        if shift > _OUT_OF_STEP_S:
            raise MediaError(
                f"the times of sound track {self._number} fall back by {float(shift):.2f} seconds, "
                "so it cannot stay with the pictures: leave the sound out with --sound none"
            )
        packet.pts = max(cast(int, packet.pts), earliest)
        packet.dts = earliest


def _dts(packet: Packet) -> int:
    return cast(int, packet.dts)


def _duration(packet: Packet) -> int:
    return packet.duration or 0


def _samples_cut_off(packet: Packet) -> tuple[int, int]:
    """How many samples from the packet's beginning and at its end are not to be heard."""
    for data in packet.iter_sidedata():
        if data.data_type == "skip_samples":
            start, end = struct.unpack_from("<II", bytes(data))
            return start, end
    return 0, 0
