"""Copies of clips with other stamps, packets or streams, without encoding them anew."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
from av.stream import Disposition

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


def join_streams(sources: Sequence[Path], target: Path, *, default: int | None = None) -> Path:
    """The first streams of some files in one; that at place `default` is the default one."""
    with ExitStack() as stack, av.open(str(target), "w") as new:
        packets: list[Packet] = []
        for place, source in enumerate(sources):
            old = stack.enter_context(av.open(str(source)))
            stream = new.add_stream_from_template(old.streams[0])
            if default is not None:
                stream.disposition = Disposition.default if place == default else Disposition(0)
            for packet in old.demux(old.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    packets.append(packet)
        for packet in sorted(packets, key=lambda packet: cast(int, packet.dts) * packet.time_base):
            new.mux_one(packet)
    return target
