"""Totals over the packets of a video file's streams, gathered without decoding them."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import cast

import av

from reenact.media.video_info import SoundTrack
from reenact.media.video_streams import Packet
from reenact.media.video_times import in_order_of_showing, mend_times


class FilmScan:
    """Totals over the packets of one stream of pictures."""

    def __init__(self, stream: av.VideoStream) -> None:
        self.stream = stream
        self.time_base = cast(Fraction, stream.time_base)
        self.stamps: list[int] = []  # of pictures that are shown, in the order of storing
        self.packets = self.pictures = self.last = self.tail = 0
        self._is_vp8 = stream.codec_context.codec.canonical_name == "vp8"
        self._durations: Counter[int] = Counter()

    def add(self, packet: Packet) -> None:
        self.packets += packet.size > 0
        if not packet.size or packet.is_discard or (self._is_vp8 and _is_hidden_vp8(packet)):
            return
        self.pictures += 1
        duration = packet.duration or 0
        self._durations[duration] += 1
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is not None:
            if not self.stamps or stamp >= self.last:
                self.last, self.tail = stamp, duration
            self.stamps.append(stamp)

    @property
    def step(self) -> int:
        """Ticks from a picture to the next, as most packets say or else the stream's rate."""
        common = max(self._durations, key=lambda ticks: self._durations[ticks], default=0)
        return max(common or round(1 / (self.rate * self.time_base)), 1)

    @property
    def longest_step(self) -> int:
        """Most ticks from a picture to the next."""
        steps = (after - before for before, after in pairwise(sorted(self.stamps)))
        return max(steps, default=self.step)

    @property
    def rate(self) -> Fraction:
        """Frames a second on average, of which some files say nothing."""
        return self.stream.average_rate or Fraction(30)

    def count_mended(self) -> int:
        """The number of pictures that are left when times are mended."""
        stamps = ((stamp, None) for stamp in in_order_of_showing(self.stamps))
        return sum(1 for _ in mend_times(stamps, self.step)) + self.pictures - len(self.stamps)


class SoundScan:
    """Totals over the packets of one sound stream."""

    def __init__(self, stream: av.AudioStream) -> None:
        self.stream = stream
        self.packets = 0

    def add(self, packet: Packet) -> None:
        self.packets += packet.dts is not None and packet.size > 0

    @property
    def track(self) -> SoundTrack:
        return SoundTrack(self.stream.index, self.stream.codec_context.codec.canonical_name)


def _is_hidden_vp8(packet: Packet) -> bool:
    """Whether the frame is a reference that is never shown: RFC 6386, 9.1, show_frame."""
    return not memoryview(packet)[0] >> 4 & 1
