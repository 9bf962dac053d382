"""What this service changes in aiortc 1.16; every change names what it gains.

All of them touch private names. `apply` looks for each name first, so another aiortc is refused at
the start instead of misbehaving later.
"""

import asyncio
from typing import Any

import aioice
import aiortc
import aiortc.codecs
from aiortc import jitterbuffer, rtcdtlstransport, rtcsctptransport, rtp
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters

from reenact.errors import ReenactError
from server.webrtc.encoders import FastH264Encoder, SharpVp8Encoder

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:"
    b"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256"
)
"""aiortc's own and one for peers with RSA certificates, such as GStreamer."""

SCTP_CHUNK = 1100
"""Bytes: keeps data channel packets within the 1280 that every network path must carry."""

NAMES: tuple[tuple[Any, str], ...] = (
    (jitterbuffer.JitterBuffer, "_remove_frame"),
    (jitterbuffer.JitterBuffer, "remove"),
    (rtp.HeaderExtensionsMap, "configure"),
    (rtp.HeaderExtensionsMap, "set"),
    (rtcdtlstransport.RTCCertificate, "_create_ssl_context"),
    (aioice.Connection, "query_consent"),
    (aiortc.RTCPeerConnection, "_RTCPeerConnection__connect"),
    (rtcsctptransport, "USERDATA_MAX_LENGTH"),
    (aiortc.codecs, "HEADER_EXTENSIONS"),
    (aiortc.codecs, "Vp8Encoder"),
    (aiortc.codecs, "H264Encoder"),
    (aiortc.RTCRtpSender, "_send_keyframe"),
    (aiortc.RTCRtpSender, "_next_encoded_frame"),
    (aiortc.RTCRtpReceiver, "_handle_rtp_packet"),
    (aiortc.RTCRtpReceiver, "_handle_disconnect"),
)
"""Owner and name of everything private that is used here, but for instance attributes."""

_one_element_form = 0xBEDE  # RFC 8285, section 4.2
_applied = False


def apply() -> None:
    """Make the changes, in this process, for good; twice is harmless.

    Raises ReenactError when this aiortc is not built as expected.
    """
    global _applied
    missing = [f"{owner.__name__}.{name}" for owner, name in NAMES if not hasattr(owner, name)]
    if missing:
        raise ReenactError(
            f"aiortc {aiortc.__version__} lacks {', '.join(missing)}, which aiortc 1.16 has; "
            "install that: pip install 'aiortc~=1.16.0'"
        )
    if _applied:
        return
    _hand_out_on_marker_bit()
    _ask_for_no_playout_delay()
    _accept_rsa_certificates()
    _ask_no_consent_when_closed()
    _stop_connecting_when_closed()
    codecs: Any = aiortc.codecs
    codecs.Vp8Encoder, codecs.H264Encoder = SharpVp8Encoder, FastH264Encoder
    rtcsctptransport.USERDATA_MAX_LENGTH = SCTP_CHUNK
    _applied = True


def encoder_of(sender: aiortc.RTCRtpSender) -> Any:
    """The sender's encoder, once it has one."""
    return sender._RTCRtpSender__encoder  # type: ignore[attr-defined]


def undecoded(receiver: aiortc.RTCRtpReceiver) -> int:
    """How many frames wait for the receiver's decoder: here overload would hide."""
    queue = receiver._RTCRtpReceiver__decoder_queue  # type: ignore[attr-defined]
    return int(queue.qsize())


def _hand_out_on_marker_bit() -> None:
    """A video frame is whole when its marked packet is there: one frame interval earlier."""
    before = jitterbuffer.JitterBuffer._remove_frame

    def remove_frame(
        self: jitterbuffer.JitterBuffer, sequence_number: int
    ) -> jitterbuffer.JitterFrame | None:
        return (_marked_frame(self) if self._is_video else None) or before(self, sequence_number)

    jitterbuffer.JitterBuffer._remove_frame = remove_frame  # type: ignore[method-assign]


def _marked_frame(buffer: jitterbuffer.JitterBuffer) -> jitterbuffer.JitterFrame | None:
    _drop_padding(buffer)
    packets: list[Any] = []
    for count in range(buffer.capacity):
        packet = buffer._packets[((buffer._origin or 0) + count) % buffer.capacity]
        if packet is None or (packets and packet.timestamp != packets[0].timestamp):
            return None
        packets.append(packet)
        if packet.marker:
            data = b"".join(packet._data for packet in packets)
            buffer.remove(len(packets))
            return jitterbuffer.JitterFrame(data, packets[0].timestamp)
    return None


def _drop_padding(buffer: jitterbuffer.JitterBuffer) -> None:
    """Padding that follows a frame is no frame: an empty one would end the decoder."""
    while True:
        packet: Any = buffer._packets[(buffer._origin or 0) % buffer.capacity]
        if packet is None or packet._data or packet.marker:
            return
        buffer.remove(1)


def _ask_for_no_playout_delay() -> None:
    """Every packet says "play at once" to receivers that offered to listen: 7 to 34 ms less."""
    extensions = aiortc.codecs.HEADER_EXTENSIONS["video"]
    extensions.append(RTCRtpHeaderExtensionParameters(id=4, uri=PLAYOUT_DELAY))
    configure, set_values = rtp.HeaderExtensionsMap.configure, rtp.HeaderExtensionsMap.set

    def configure_too(self: Any, parameters: Any) -> None:
        configure(self, parameters)
        wanted = [item.id for item in parameters.headerExtensions if item.uri == PLAYOUT_DELAY]
        self.playout_delay_id = wanted[0] if wanted and wanted[0] <= 14 else None

    def set_too(self: Any, values: rtp.HeaderExtensions) -> tuple[int, bytes]:
        profile, packed = set_values(self, values)
        number = getattr(self, "playout_delay_id", None)
        if number is None or profile not in (0, _one_element_form):
            return profile, packed
        return _one_element_form, packed + bytes([number << 4 | 2, 0, 0, 0])  # min 0, max 0

    rtp.HeaderExtensionsMap.configure = configure_too  # type: ignore[method-assign]
    rtp.HeaderExtensionsMap.set = set_too  # type: ignore[method-assign]


def _accept_rsa_certificates() -> None:
    create = rtcdtlstransport.RTCCertificate._create_ssl_context

    def create_wider(self: Any, *args: Any, **kwargs: Any) -> Any:
        context = create(self, *args, **kwargs)
        context.set_cipher_list(CIPHERS)
        return context

    rtcdtlstransport.RTCCertificate._create_ssl_context = create_wider  # type: ignore[method-assign]


def _ask_no_consent_when_closed() -> None:
    """A connection closed in the moment in which it is made would go on asking for 30 s."""
    query = aioice.Connection.query_consent

    async def query_while_open(self: Any) -> None:
        if not self._closing:
            await query(self)

    aioice.Connection.query_consent = query_while_open  # type: ignore[method-assign]


def _stop_connecting_when_closed() -> None:
    """A peer closed while it connects would start its senders afterwards, for ever."""
    peer: Any = aiortc.RTCPeerConnection
    connect, close = peer._RTCPeerConnection__connect, peer.close

    async def connect_known(self: Any) -> None:
        if self.__dict__.get("closing"):
            return
        tasks, task = self.__dict__.setdefault("connecting", set()), asyncio.current_task()
        tasks.add(task)
        try:
            await connect(self)
        finally:
            tasks.discard(task)

    async def close_too(self: Any) -> None:
        self.__dict__["closing"] = True
        tasks = list(self.__dict__.get("connecting", ()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await close(self)

    peer._RTCPeerConnection__connect, peer.close = connect_known, close_too
