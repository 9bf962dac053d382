"""Bounds of an offer's text: how often each line may come, so that reading it takes little time.

Lines are counted here, once and in order, before anything parses them.
"""

from collections import Counter

from server.errors import RefusedError
from server.limits import Limits, OfferLimits

_LIMITS = OfferLimits()
_MOST = {
    "rtpmap": _LIMITS.payload_types,
    "fmtp": _LIMITS.payload_types,
    "rtcp-fb": _LIMITS.feedback,
    "ssrc": _LIMITS.sources,
    "extmap": _LIMITS.extensions,
}
"""Most lines of an attribute in one section."""


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
        if len(line) > _LIMITS.line_chars:
            reason = f"a line of the offer is longer than {_LIMITS.line_chars} characters"
            raise RefusedError(400, reason)
        if line.startswith("m="):
            sections += 1
            seen.clear()
            mapped.clear()
            _check_media(line, sections)
        elif line.startswith("a="):
            _count(line, seen, mapped)


def _check_media(line: str, sections: int) -> None:
    if sections > _LIMITS.sections:
        raise RefusedError(400, f"the offer has more than {_LIMITS.sections} sections of media")
    if len(line.split()) > 3 + _LIMITS.payload_types:
        raise RefusedError(400, f"the offer has more than {_LIMITS.payload_types} payload types")


def _count(line: str, seen: Counter[str], mapped: set[str]) -> None:
    name, _, value = line[2:].partition(":")
    seen[name] += 1
    if name != "candidate" and seen[name] > _MOST.get(name, _LIMITS.others):
        raise RefusedError(400, f"the offer has too many lines a={name[:20]}")
    number = value.split(" ", 1)[0]
    if name == "rtpmap":
        if number in mapped:
            raise RefusedError(400, f"the offer maps payload type {number[:20]} twice")
        mapped.add(number)
    if name == "rtcp-fb" and number == "*":
        seen["for all"] += 1
        if seen["for all"] > _LIMITS.feedback_for_all:
            most = _LIMITS.feedback_for_all
            raise RefusedError(400, f"the offer has more than {most} lines a=rtcp-fb:*")
