"""server/webrtc/offer_bounds.py: offers whose lines multiply are refused before they are parsed."""

import asyncio
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription

from server.errors import RefusedError
from server.limits import Limits, OfferLimits
from server.webrtc.ice import Ice
from server.webrtc.offer_bounds import bound_offer
from server.webrtc.peer import Peer
from server.webrtc.sdp import check_offer
from tests.support.live_rig import Client, service

LIMITS = Limits()
FOR_ALL, PAYLOAD_TYPES = OfferLimits().feedback_for_all, OfferLimits().payload_types
CHROMIUM = Path(__file__).with_name("chromium_offer.sdp")


async def own_offer() -> str:
    async with service() as sessions, Client(sessions) as client:
        return await client.offer()


def with_lines(lines: list[str], sdp: str | None = None) -> str:
    """An offer with these lines in its video."""
    good = sdp or "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
    return good.replace("a=mid:0\r\n", "\r\n".join(["a=mid:0", *lines, ""]), 1)


MULTIPLIED = {
    "feedback for every payload type": ["a=rtcp-fb:* nack"] * (FOR_ALL + 1),
    "a payload type that is mapped twice": ["a=rtpmap:97 VP8/90000"] * 2,
    "many payload types": [f"a=rtpmap:{n} VP8/90000" for n in range(PAYLOAD_TYPES + 1)],
    "parameters": ["a=fmtp:96 x=1"] * (PAYLOAD_TYPES + 1),
    "feedback": ["a=rtcp-fb:96 nack"] * (3 * PAYLOAD_TYPES + 1),
    "sources": [f"a=ssrc:{n} cname:x" for n in range(65)],
    "extensions": ["a=extmap:1 urn:x"] * 33,
    "fingerprints": ["a=fingerprint:sha-256 00"] * 17,
    "groups of sources": ["a=ssrc-group:FID 1 2"] * 17,
    "what nobody knows": ["a=x"] * 17,
    "media": ["m=audio 9 UDP/TLS/RTP/SAVPF 8"] * 3,
    "payload types of a section": ["m=audio 9 UDP/TLS/RTP/SAVPF " + "8 " * (PAYLOAD_TYPES + 1)],
    "a long line": ["a=fmtp:96 " + "x" * 4000],
    "lines": ["i=x"] * LIMITS.offer_lines,
    "lines that only some see": ["\x0b" * LIMITS.offer_lines],
}


@pytest.mark.parametrize("lines", MULTIPLIED.values(), ids=MULTIPLIED.keys())
def test_offer_that_multiplies_is_refused(lines: list[str]) -> None:
    with pytest.raises(RefusedError, match="offer") as refused:
        bound_offer(with_lines(lines), LIMITS)

    assert refused.value.status == 400
    assert len(refused.value.reason) < 100


def test_offer_that_multiplies_never_reaches_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with service() as sessions:
            monkeypatch.setattr(SessionDescription, "parse", parsed.append)
            with pytest.raises(RefusedError, match="more than 8 lines a=rtcp-fb"):
                await sessions.open(with_lines(["a=rtcp-fb:* nack"] * 300))

    parsed: list[str] = []
    asyncio.run(run())
    assert not parsed


def test_full_service_parses_no_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        offer = await own_offer()
        async with service(Limits(sessions=0)) as sessions:
            monkeypatch.setattr(SessionDescription, "parse", parsed.append)
            with pytest.raises(RefusedError, match="in use") as refused:
                await sessions.open(offer)
            assert refused.value.status == 503

    parsed: list[str] = []
    asyncio.run(run())
    assert not parsed


def test_offer_of_chromium_passes() -> None:
    sdp = CHROMIUM.read_text()  # of version 156, with sound and a data channel

    assert bound_offer(sdp, LIMITS) == sdp
    check_offer(sdp, "duplex", LIMITS, loopback=True)


def test_answer_to_the_largest_offer_is_no_larger_than_an_offer_may_be() -> None:
    async def run() -> str:
        own = await own_offer()
        types = [*range(104, 128), *range(35, 35 + PAYLOAD_TYPES - 32)]
        lines = [f"a=rtpmap:{number} VP8/90000" for number in types]
        lines += [f"a=fmtp:{number} x={'y' * 500}" for number in types]
        lines += ["a=rtcp-fb:* nack", "a=rtcp-fb:* nack pli"] * (FOR_ALL // 2)
        lines += ["a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid"] * 20
        sdp = bound_offer(with_lines(lines, own), LIMITS)
        peer = Peer(Ice(loopback=True))
        try:
            return await peer.answer(check_offer(sdp, "duplex", LIMITS, loopback=True))
        finally:
            await peer.close()

    assert len(asyncio.run(run())) < LIMITS.offer_bytes
