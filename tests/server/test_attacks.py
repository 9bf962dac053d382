"""A real service under attack: it answers, its memory stays, and one signal ends it."""

import asyncio
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import av
import psutil
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from server.webrtc.ice import use_loopback
from tests.support.fakes import write_pack
from tests.support.live_rig import WAIT_S
from tests.support.served import Served, serving

PUBLISHERS = 4
MOST_GROWN = 200e6
"""Bytes: a single frame that is decoded at the size it claims takes twice as much."""


class Claims(MediaStreamTrack):
    """A VP8 key frame of 64 x 48 pixels that claims 16383 x 16383, again and again."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        encoder = av.CodecContext.create("libvpx", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
        encoder.time_base, encoder.options = Fraction(1, 30), {"lag-in-frames": "0"}
        small = b"".join(bytes(one) for one in encoder.encode(av.VideoFrame(64, 48, "yuv420p")))
        self._data = small[:6] + 2 * (16383).to_bytes(2, "little") + small[10:]
        self._number = 0

    async def recv(self) -> Any:
        await asyncio.sleep(0.05)
        packet = av.Packet(self._data)
        packet.pts, packet.time_base = 4500 * self._number, Fraction(1, 90000)
        self._number += 1
        return packet


async def publish(served: Served, room: str) -> RTCPeerConnection:
    """The connection of an attacker."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver(Claims(), "sendonly")
    await connection.setLocalDescription(await connection.createOffer())
    headers = {"Authorization": f"Bearer {served.token}", "Content-Type": "application/sdp"}
    offer, url = connection.localDescription.sdp, f"{served.base}/whip/{room}"
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(url, data=offer) as answer,
    ):
        assert answer.status == 201, await answer.text()
        description = RTCSessionDescription(await answer.text(), "answer")
    await connection.setRemoteDescription(description)
    return connection


async def count_ended(served: Served) -> int:
    """Sessions that the service ended because of what they sent."""
    headers = {"Authorization": f"Bearer {served.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(f"{served.base}/metrics") as answer,
    ):
        found = re.search(r'ended_total\{cause="media"\} (\d+)', await answer.text())
    return 0 if found is None else int(found[1])


def test_publishers_of_frames_that_claim_too_much_are_ended_and_cost_no_memory(
    tmp_path: Path,
) -> None:
    pack = str(write_pack(tmp_path / "pack"))

    async def run() -> tuple[int | None, str, str]:
        use_loopback()
        async with serving(pack, "--max-sessions", str(PUBLISHERS)) as served:
            process = psutil.Process(served.process.pid)
            before = process.memory_info().rss
            attackers = [await publish(served, f"room{n}") for n in range(PUBLISHERS)]
            async with asyncio.timeout(WAIT_S):
                while await count_ended(served) < PUBLISHERS:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert process.memory_info().rss - before < MOST_GROWN
            for attacker in attackers:
                await attacker.close()
            served.process.terminate()
            return await served.end()

    assert asyncio.run(run())[0] == 0
