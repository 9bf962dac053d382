"""server/webrtc/sdp.py: offers of strangers are answered or refused, and leave nothing behind."""

import asyncio
import random
import re
import string
from collections import Counter

import pytest

from server.errors import RefusedError
from server.limits import Limits
from server.webrtc.offer_bounds import bound_offer
from server.webrtc.sdp import add_start_bitrate, check_offer
from tests.support.live_rig import Client, service, until

LIMITS = Limits()


def offer(direction: str = "sendrecv") -> str:
    """A true one, of a peer that is gone."""

    async def run() -> str:
        async with service() as sessions, Client(sessions) as client:
            return await client.offer(direction)

    return asyncio.run(run())


def mutated(sdp: str, seed: int) -> str:
    """`sdp` with one to four lines, or pieces of lines, lost, doubled, swapped or spoilt."""
    dice = random.Random(seed)
    lines = sdp.split("\r\n")
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(lines))
        line = lines[place]
        match dice.randrange(7):
            case 0:
                del lines[place]
            case 1:
                lines.insert(dice.randrange(len(lines)), line)
            case 2:
                lines[place] = line[: dice.randrange(len(line) + 1)]
            case 3:
                other = dice.randrange(len(lines))
                lines[place], lines[other] = lines[other], line
            case 4:
                cut = dice.randrange(len(line) + 1)
                lines[place] = line[:cut] + dice.choice(string.printable) + line[cut + 1 :]
            case 5:
                lines[place] = line.replace(dice.choice("0123456789"), str(dice.randrange(10**6)))
            case 6:
                lines[place] = line.rpartition(" ")[0] or line.rpartition(":")[0]
        lines = lines or [""]
    return "\r\n".join(lines)


def test_four_hundred_mutated_offers_are_answered_or_refused_and_leave_nothing() -> None:
    good = offer()

    async def run() -> None:
        statuses: Counter[int] = Counter()
        async with service() as sessions:
            before = len(asyncio.all_tasks())
            for seed in range(400):
                try:
                    opened = await sessions.open(mutated(good, seed))
                except RefusedError as refusal:
                    statuses[refusal.status] += 1
                else:
                    statuses[201] += 1
                    await sessions.close(opened.id)
                assert len(sessions) == 0
            await until(lambda: len(asyncio.all_tasks()) <= before + 1, "the last tasks to end")
        assert set(statuses) == {201, 400}
        assert min(statuses.values()) > 20

    asyncio.run(run())


@pytest.mark.parametrize(
    ("sdp", "status"),
    [
        (None, 400),
        (7, 400),
        ("", 400),
        ("garbage", 400),
        ("v=0\r\nm=video", 400),
        ("x" * (LIMITS.offer_bytes + 1), 413),
    ],
    ids=["nothing", "a number", "empty", "garbage", "cut", "too long"],
)
def test_what_is_no_offer_is_refused(sdp: object, status: int) -> None:
    with pytest.raises(RefusedError) as refused:
        check_offer(bound_offer(sdp, LIMITS), "duplex", LIMITS)

    assert refused.value.status == status


@pytest.mark.parametrize(
    ("address", "port", "kept"),
    [
        ("192.168.1.7", 50000, True),
        ("2001:db8::1", 50000, True),
        ("8.8.8.8", 1024, True),
        ("8.8.8.8", 53, False),
        ("8.8.8.8", 70000, False),
        ("127.0.0.1", 50000, False),
        ("::1", 50000, False),
        ("0.0.0.0", 50000, False),
        ("169.254.1.1", 50000, False),
        ("fe80::1", 50000, False),
        ("224.0.0.1", 50000, False),
        ("255.255.255.255", 50000, False),
        ("::ffff:10.0.0.1", 50000, False),
        ("0f4e8f1c.local", 50000, False),
        ("example.com", 50000, False),
    ],
)
def test_only_candidates_worth_trying_are_kept(address: str, port: int, kept: bool) -> None:
    line = f"a=candidate:1 1 udp 2130706431 {address} {port} typ host"
    changed = with_candidates(offer(), [line])

    assert (line in check_offer(changed, "duplex", LIMITS).sdp) == kept


def test_tcp_candidates_are_dropped() -> None:
    line = "a=candidate:1 1 tcp 1518280447 192.168.1.7 9 typ host tcptype active"

    assert line not in check_offer(with_candidates(offer(), [line]), "duplex", LIMITS).sdp


def test_only_so_many_candidates_are_kept() -> None:
    lines = [f"a=candidate:{n} 1 udp 2130706431 192.168.1.{n} 50000 typ host" for n in range(1, 60)]
    thinned = check_offer(with_candidates(offer(), lines), "duplex", LIMITS).sdp

    assert thinned.count("a=candidate:") == LIMITS.candidates


@pytest.mark.parametrize(
    ("direction", "kind", "taken"),
    [
        ("sendrecv", "duplex", True),
        ("sendonly", "duplex", False),
        ("recvonly", "duplex", False),
        ("sendonly", "publisher", True),
        ("recvonly", "publisher", False),
        ("recvonly", "viewer", True),
        ("sendonly", "viewer", False),
    ],
)
def test_an_offer_must_send_what_its_kind_needs(direction: str, kind: str, taken: bool) -> None:
    sdp = offer().replace("a=sendrecv", f"a={direction}")
    if taken:
        check_offer(sdp, kind, LIMITS)  # type: ignore[arg-type]
    else:
        with pytest.raises(RefusedError, match="must be"):
            check_offer(sdp, kind, LIMITS)  # type: ignore[arg-type]


def test_an_offer_with_two_videos_is_refused() -> None:
    sdp = offer()
    start = sdp.index("m=video")
    end = sdp.index("m=application")

    with pytest.raises(RefusedError, match="one video, it has 2"):
        check_offer(sdp[:end] + sdp[start:end] + sdp[end:], "duplex", LIMITS)


def test_an_answer_asks_for_a_sharp_start_once_per_codec() -> None:
    answer = (
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\na=rtpmap:96 VP8/90000\r\n"
        "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        "a=rtpmap:98 H264/90000\r\na=fmtp:98 packetization-mode=1\r\n"
    )

    hinted = add_start_bitrate(answer).split("\r\n")

    assert [line for line in hinted if "x-google-start-bitrate=1500" in line] == [
        "a=fmtp:96 x-google-start-bitrate=1500;x-google-max-bitrate=3000",
        "a=fmtp:98 packetization-mode=1;x-google-start-bitrate=1500;x-google-max-bitrate=3000",
    ]
    assert "a=fmtp:97 apt=96" in hinted


def with_candidates(sdp: str, lines: list[str]) -> str:
    """`sdp` with these candidates in place of its own."""
    kept = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate:")]
    place = next(number for number, line in enumerate(kept) if line.startswith("a=mid:"))
    return "\r\n".join(kept[:place] + lines + kept[place:])


def test_a_bundle_names_only_what_is_there() -> None:
    sdp = re.sub(r"a=group:BUNDLE[^\r]*", "a=group:BUNDLE 7 0 1", offer())

    assert "a=group:BUNDLE 0 1\r\n" in check_offer(sdp, "duplex", LIMITS).sdp
