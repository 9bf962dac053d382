"""Bounds of an offer's text: how often each line may come, so that reading it takes little time.

A parser of SDP multiplies: feedback for "*" is kept for every payload type, and each is answered.
57 KB of such lines kept the event loop for 73 s. So lines are counted here, once and in order,
before anything parses them.
"""

from collections import Counter

from server.errors import RefusedError
from server.limits import Limits

MEDIA = 3
"""Sections of media: video, sound and a data channel."""

PAYLOAD_TYPES = 64
"""Payload types of a section: Chromium offers about 45 for video."""

LINE_CHARS = 2048
"""Longest line, in characters: the parameter sets of H.264 take a few hundred."""

FOR_ALL = 8
"""Lines of feedback that are for every payload type: publishers write two or three."""

_MOST = {
    "rtpmap": PAYLOAD_TYPES,
    "fmtp": PAYLOAD_TYPES,
    "rtcp-fb": 3 * PAYLOAD_TYPES,
    "ssrc": 64,
    "extmap": 32,
}
"""Most lines of an attribute in one section."""

_MOST_OF_OTHERS = 16
"""Most lines in one section of any other attribute; candidates are thinned out elsewhere."""


def bound_offer(sdp: object, limits: Limits) -> str:
    """The offer's text, which takes little time to parse; for nothing else it is vouched.

    Raises RefusedError: 413 for an offer that is too long, 400 for one whose lines are too many.
    """
    if not isinstance(sdp, str):
        raise RefusedError(400, "the offer must be SDP text")
    if len(sdp) > limits.offer_bytes or len(sdp.encode("utf-8", "replace")) > limits.offer_bytes:
        raise RefusedError(413, f"the offer is longer than {limits.offer_bytes} bytes")
    lines = sdp.splitlines()
    if len(lines) > limits.offer_lines:
        raise RefusedError(400, f"the offer has more than {limits.offer_lines} lines")
    _count_lines(lines)
    return sdp


def _count_lines(lines: list[str]) -> None:
    seen: Counter[str] = Counter()
    mapped: set[str] = set()
    sections = 0
    for line in lines:
        if len(line) > LINE_CHARS:
            raise RefusedError(400, f"a line of the offer is longer than {LINE_CHARS} characters")
        if line.startswith("m="):
            sections += 1
            seen.clear()
            mapped.clear()
            _check_media(line, sections)
        elif line.startswith("a="):
            _count(line, seen, mapped)


def _check_media(line: str, sections: int) -> None:
    if sections > MEDIA:
        raise RefusedError(400, f"the offer has more than {MEDIA} sections of media")
    if len(line.split()) > 3 + PAYLOAD_TYPES:
        raise RefusedError(400, f"the offer has more than {PAYLOAD_TYPES} payload types")


def _count(line: str, seen: Counter[str], mapped: set[str]) -> None:
    name, _, value = line[2:].partition(":")
    seen[name] += 1
    if name != "candidate" and seen[name] > _MOST.get(name, _MOST_OF_OTHERS):
        raise RefusedError(400, f"the offer has too many lines a={name[:20]}")
    number = value.split(" ", 1)[0]
    if name == "rtpmap":
        if number in mapped:
            raise RefusedError(400, f"the offer maps payload type {number[:20]} twice")
        mapped.add(number)
    if name == "rtcp-fb" and number == "*":
        seen["for all"] += 1
        if seen["for all"] > FOR_ALL:
            raise RefusedError(400, f"the offer has more than {FOR_ALL} lines a=rtcp-fb:*")
