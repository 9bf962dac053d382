"""SDP offers checked and reduced to what this service supports; answers with a start bitrate.

An offer comes from a stranger: its lines are counted (`offer_bounds.py`), and its candidates are
thinned out, before anything parses it.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiortc.sdp import MediaDescription, SessionDescription

from server.errors import RefusedError
from server.limits import Limits
from server.webrtc.aiortc_patches import PLAYOUT_DELAY

Kind: TypeAlias = Literal["duplex", "publisher", "viewer"]
"""A session that drives and sees its result, one that only drives, and one that only watches."""

UPLINK_START_KBPS, UPLINK_MOST_KBPS = 1500, 3000
"""Where a browser's encoder starts and ends: by itself it takes 30 s to become sharp."""

_SENDS: dict[Kind, tuple[str, ...]] = {
    "duplex": ("sendrecv",),
    "publisher": ("sendonly", "sendrecv"),
    "viewer": ("recvonly", "sendrecv"),
}
_CANDIDATE = re.compile(
    r"a=candidate:(?P<foundation>[\w+/]{1,32}) (?P<component>\d{1,3}) (?P<transport>\w{2,4}) "
    r"(?P<priority>\d{1,10}) (?P<host>[0-9A-Fa-f.:]{2,45}) (?P<port>\d{1,5}) typ \w{2,8}( .*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that was checked."""

    sdp: str
    """The offer without the candidates that are not tried."""
    audio: bool
    """Whether it has sound."""
    wanted: bool = True
    """Whether what its sender sends is wanted; otherwise nothing of it is decoded."""


def check_offer(bounded: str, kind: Kind, limits: Limits, *, loopback: bool = False) -> Offer:
    """The offer for a session of `kind`, reduced to what is supported.

    bounded: the text as `bound_offer` passed it. loopback: whether candidates of this machine are
    tried. Raises RefusedError 400 for one that is malformed or asks for something unsupported.
    """
    thinned = _thin_out(bounded, limits.candidates, loopback=loopback)
    try:
        description = SessionDescription.parse(thinned)
        media = description.media
        video = _only_video(media, kind)
        audio = [item for item in media if item.kind == "audio" and item.port]
        bundled = {mid for group in description.group for mid in group.items}
        _check_shape(media, video, bundled)
        thinned = _restrict_bundle(thinned, media)
    except RefusedError:
        raise
    except Exception as error:  # the parser raises six kinds of exceptions on bad text
        raise RefusedError(400, "the offer is not valid SDP") from error
    if kind == "viewer" and audio:  # a receiver plays in step with sound or at once, not both
        thinned = _drop_playout_delay(thinned)
    return Offer(thinned, bool(audio), wanted=kind != "viewer")


def add_start_bitrate(answer: str) -> str:
    """The answer, with a hint to the sender of video to start at `UPLINK_START_KBPS`."""
    hint = f"x-google-start-bitrate={UPLINK_START_KBPS};x-google-max-bitrate={UPLINK_MOST_KBPS}"
    lines: list[str] = []
    hinted: set[str] = set()
    video = False
    source = answer.replace("\r\n", "\n").rstrip("\n").split("\n")
    formats = {
        line.split(":")[1].split(" ")[0]
        for line in source
        if re.match(r"a=rtpmap:\d+ (VP8|H264)/", line)
    }
    has_parameters = {
        line.split(":")[1].split(" ")[0] for line in source if line.startswith("a=fmtp:")
    }
    for line in source:
        video = line.startswith("m=video") if line.startswith("m=") else video
        number = line.split(":", 1)[-1].split(" ")[0]
        if video and line.startswith("a=fmtp:") and number in formats:
            line += f";{hint}"
        lines.append(line)
        if video and line.startswith("a=rtpmap:") and number in formats - has_parameters - hinted:
            hinted.add(number)
            lines.append(f"a=fmtp:{number} {hint}")
    return "\r\n".join(lines) + "\r\n"


def _thin_out(sdp: str, most: int, *, loopback: bool) -> str:
    kept, count = [], 0
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            if count >= most or not _worth_trying(line, loopback=loopback):
                continue
            count += 1
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _worth_trying(line: str, *, loopback: bool) -> bool:
    """Whether a candidate is a plain UDP address of a peer: no name (`.local` costs a second to
    resolve), no TCP, no link-local, multicast or reserved address, no system port."""
    match = _CANDIDATE.fullmatch(line.rstrip())
    if match is None or match["transport"].lower() != "udp" or match["component"] != "1":
        return False
    try:
        address = ipaddress.ip_address(match["host"])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return False
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_reserved or (address.is_loopback and not loopback):
        return False
    return 1024 <= int(match["port"]) <= 65535


def _only_video(media: list[MediaDescription], kind: Kind) -> MediaDescription:
    videos = [item for item in media if item.kind == "video" and item.port]
    if len(videos) != 1:
        raise RefusedError(400, f"the offer must have one video, it has {len(videos)}")
    video = videos[0]
    if (video.direction or "sendrecv") not in _SENDS[kind]:
        wanted = " or ".join(_SENDS[kind])
        raise RefusedError(400, f"the offer's video must be {wanted}, it is {video.direction}")
    if not {codec.mimeType.lower() for codec in video.rtp.codecs} & {"video/vp8", "video/h264"}:
        raise RefusedError(400, "the offer's video must be VP8 or H.264")
    return video


def _check_shape(
    media: list[MediaDescription], video: MediaDescription, bundled: set[str | int]
) -> None:
    kinds = [item.kind for item in media]
    if any(kinds.count(kind) > 1 for kind in kinds) or not set(kinds) <= _KNOWN:
        raise RefusedError(
            400, "the offer may have at most one video, one audio and one data channel"
        )
    mids = {item.rtp.muxId for item in media}
    if len(media) > 1 and (len(mids) < len(media) or not mids <= bundled):
        raise RefusedError(400, "the offer must bundle its media on one transport")
    credentials = video.ice is not None and video.ice.usernameFragment and video.ice.password
    if not credentials or not video.dtls or not video.dtls.fingerprints:
        raise RefusedError(400, "the offer must have a DTLS fingerprint and ICE credentials")


_KNOWN = {"video", "audio", "application"}


def _restrict_bundle(sdp: str, media: list[MediaDescription]) -> str:
    """Bundle only media that exist: some publishers name a sound that they do not send."""
    group = " ".join(["a=group:BUNDLE", *(item.rtp.muxId for item in media)])
    return re.sub(r"(?m)^a=group:BUNDLE[^\r\n]*", lambda _: group, sdp)


def _drop_playout_delay(sdp: str) -> str:
    lines = [line for line in sdp.split("\r\n") if PLAYOUT_DELAY not in line]
    return "\r\n".join(lines)
