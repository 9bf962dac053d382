"""Copies of clips with other stamps, packets or streams, without encoding them anew."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av

Packet: TypeAlias = "av.Packet[Any]"


def remux(
    source: Path,
    target: Path,
    *,
    change: Callable[[Packet, int], None] = lambda packet, number: None,
    keep: Callable[[Packet, int], bool] = lambda packet, number: True,
    options: dict[str, str] | None = None,
) -> Path:
    """Copy the packets that `keep` says, their stamps as `change` alters them.

    Both get a packet and its number among those of its stream; `packet.stream.type` is its kind.
    """
    with av.open(str(source)) as old, av.open(str(target), "w", options=options or {}) as new:
        streams = {
            stream.index: new.add_stream_from_template(stream)
            for stream in old.streams
            if stream.type in {"video", "audio"}
        }
        counts = dict.fromkeys(streams, 0)
        for packet in old.demux(*(old.streams[index] for index in streams)):
            index = packet.stream_index
            if packet.dts is None or index not in streams:
                continue
            number, counts[index] = counts[index], counts[index] + 1
            if keep(packet, number):
                change(packet, number)
                packet.stream = streams[index]
                new.mux_one(packet)
    return target


def trim(source: Path, target: Path, first: int, *, step: Fraction = Fraction(1001, 30000)) -> Path:
    """Cut a clip at a picture as phones do: all is kept, and an edit list hides what was before."""

    def shift(packet: Packet, number: int) -> None:
        ticks = int(first * step / packet.time_base)
        packet.pts = cast(int, packet.pts) - ticks
        packet.dts = cast(int, packet.dts) - ticks

    return remux(source, target, change=shift, options={"avoid_negative_ts": "disabled"})
