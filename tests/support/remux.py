"""Copies of clips with other stamps, packets or streams, without encoding them anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

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
