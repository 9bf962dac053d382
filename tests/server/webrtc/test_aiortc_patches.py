"""server/webrtc/aiortc_patches.py: each patch works on the installed aiortc."""

import asyncio
from typing import Any

import aiortc
import pytest
from aiortc import jitterbuffer, rtcdtlstransport, rtp
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, DataChunk
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket, unpack_header_extensions

from reenact.errors import ReenactError
from server.limits import Limits
from server.webrtc import aiortc_patches
from server.webrtc.decoding import frames_of
from server.webrtc.encoders import FastH264Encoder, SharpVp8Encoder

aiortc_patches.apply()


def packet(number: int, stamp: int, *, marker: bool = False, data: bytes = b"x") -> RtpPacket:
    made = RtpPacket(sequence_number=number, timestamp=stamp, marker=int(marker))
    vars(made)["_data"] = data
    return made


def handed_out(packets: list[RtpPacket]) -> list[tuple[int, bytes]]:
    """Stamps and data of the frames, in the order in which they come out."""
    buffer = jitterbuffer.JitterBuffer(capacity=16, is_video=True)
    frames = [buffer.add(one)[1] for one in packets]
    return [(frame.timestamp, frame.data) for frame in frames if frame is not None]


A1, A2 = packet(1, 10, data=b"a"), packet(2, 10, marker=True, data=b"b")
B1 = packet(3, 20, marker=True, data=b"c")
C1 = packet(4, 30, marker=True, data=b"d")


@pytest.mark.parametrize(
    ("packets", "frames"),
    [
        ([A1], []),
        ([A1, A2], [(10, b"ab")]),
        ([A1, A2, B1], [(10, b"ab"), (20, b"c")]),
        ([A2, A1, B1], [(10, b"b")]),
        ([A1, B1, A2], [(10, b"ab")]),
        ([A1, B1, A2, C1], [(10, b"ab"), (20, b"c")]),
        ([A1, B1, C1], []),
        ([A1, A2, packet(3, 10, data=b""), packet(4, 30, marker=True)], [(10, b"ab"), (30, b"x")]),
    ],
    ids=["half", "whole", "two", "late first", "swapped", "swapped, then more", "lost", "padding"],
)
def test_a_frame_comes_out_with_its_marked_packet(
    packets: list[RtpPacket], frames: list[tuple[int, bytes]]
) -> None:
    assert handed_out(packets)[: len(frames)] == frames
    if not frames:
        assert handed_out(packets) == []


def test_sound_is_still_prefetched() -> None:
    buffer = jitterbuffer.JitterBuffer(capacity=16, prefetch=4)
    frames = [buffer.add(packet(number, number, marker=True))[1] for number in range(5)]

    assert frames[:4] == [None] * 4
    assert frames[4] is not None


def extensions(*, number: int | None) -> list[tuple[int, bytes]]:
    table = HeaderExtensionsMap()
    wanted = [RTCRtpHeaderExtensionParameters(id=3, uri="urn:ietf:params:rtp-hdrext:sdes:mid")]
    if number is not None:
        wanted.append(RTCRtpHeaderExtensionParameters(id=number, uri=aiortc_patches.PLAYOUT_DELAY))
    table.configure(RTCRtpParameters(headerExtensions=wanted))
    return list(unpack_header_extensions(*table.set(HeaderExtensions(mid="0"))))


def test_packets_ask_to_be_played_at_once_where_that_is_understood() -> None:
    assert extensions(number=7) == [(3, b"0"), (7, b"\0\0\0")]
    assert extensions(number=None) == [(3, b"0")]
    assert extensions(number=15) == [(3, b"0")]


def test_our_encoders_are_used() -> None:
    from aiortc.codecs import get_encoder

    codecs = {codec.mimeType: codec for codec in aiortc.codecs.CODECS["video"]}
    assert isinstance(get_encoder(codecs["video/VP8"]), SharpVp8Encoder)
    assert isinstance(get_encoder(codecs["video/H264"]), FastH264Encoder)


def test_peers_with_rsa_certificates_are_understood() -> None:
    certificate = rtcdtlstransport.RTCCertificate.generateCertificate()
    context: Any = certificate._create_ssl_context(rtcdtlstransport.SRTP_PROFILES)
    from OpenSSL import SSL

    assert "ECDHE-RSA-AES128-GCM-SHA256" in SSL.Connection(context).get_cipher_list()


def test_what_is_read_of_a_peer_exists() -> None:
    async def run() -> None:
        peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        transceiver = peer.addTransceiver("video")
        assert aiortc_patches.encoder_of(transceiver.sender) is None
        assert frames_of(transceiver.receiver).qsize() == 0
        assert transceiver.receiver.transport._get_stats()
        await peer.close()

    asyncio.run(run())


def test_another_aiortc_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc_patches, "NAMES", ((rtp.HeaderExtensionsMap, "gone"),))

    with pytest.raises(ReenactError, match=r"lacks HeaderExtensionsMap\.gone"):
        aiortc_patches.apply()


def test_applying_twice_changes_nothing() -> None:
    before = jitterbuffer.JitterBuffer._remove_frame
    aiortc_patches.apply()

    assert jitterbuffer.JitterBuffer._remove_frame is before


def test_message_that_never_ends_ends_the_data_channels() -> None:
    async def run() -> None:
        peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        peer.createDataChannel("ctl")
        sctp: Any = peer.sctp
        sctp._last_received_tsn, stopped = 0, 0
        stop = sctp.stop

        async def note() -> None:
            nonlocal stopped
            stopped += 1

        sctp.stop = note
        for number in range(1, 1000):
            chunk = DataChunk(flags=SCTP_DATA_FIRST_FRAG if number == 1 else 0)
            chunk.tsn, chunk.stream_id, chunk.user_data = number, 1, b"x"
            await sctp._receive_data_chunk(chunk)
        assert len(sctp._inbound_streams[1].reassembly) == Limits().fragments
        assert stopped == 999 - Limits().fragments
        sctp.stop = stop
        await peer.close()

    asyncio.run(run())
