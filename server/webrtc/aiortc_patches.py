"""Patches of aiortc 1.16 for low delay and clean closing; each says what it gains.

All of them touch private names. `apply` looks for every name first, so that another aiortc is
refused at the start instead of misbehaving later.
"""

import asyncio
from typing import Any

import aioice
import aiortc
import aiortc.codecs
from aiortc import jitterbuffer, rtcdtlstransport, rtcrtpreceiver, rtcsctptransport, rtp
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters

from reenact.errors import ReenactError
from server.limits import Limits
from server.webrtc.decoding import FrameQueue, decode_frames
from server.webrtc.encoders import FastH264Encoder, SharpVp8Encoder

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:"
    b"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256"
)
"""The ciphers of aiortc, and one for peers with RSA certificates, such as GStreamer."""

SCTP_CHUNK = 1100
"""Bytes of a chunk: packets of a data channel stay within the 1280 that every path carries."""

NAMES: tuple[tuple[Any, str], ...] = (
    (jitterbuffer.JitterBuffer, "_remove_frame"),
    (jitterbuffer.JitterBuffer, "remove"),
    (rtp.HeaderExtensionsMap, "configure"),
    (rtp.HeaderExtensionsMap, "set"),
    (rtcdtlstransport.RTCCertificate, "_create_ssl_context"),
    (aioice.Connection, "query_consent"),
    (aioice.Connection, "data_received"),
    (aiortc.RTCPeerConnection, "_RTCPeerConnection__connect"),
    (rtcsctptransport, "USERDATA_MAX_LENGTH"),
    (aiortc.RTCSctpTransport, "_receive_data_chunk"),
    (aiortc.RTCSctpTransport, "_abort"),
    (aiortc.codecs, "HEADER_EXTENSIONS"),
    (aiortc.codecs, "Vp8Encoder"),
    (aiortc.codecs, "H264Encoder"),
    (aiortc.RTCRtpSender, "_send_keyframe"),
    (aiortc.RTCRtpSender, "_next_encoded_frame"),
    (aiortc.RTCRtpReceiver, "_handle_rtp_packet"),
    (aiortc.RTCRtpReceiver, "_handle_disconnect"),
    (aiortc.RTCRtpReceiver, "_RTCRtpReceiver__stop_decoder"),
    (rtcrtpreceiver, "decoder_worker"),
)
"""Owner and name of each private attribute used here, except those of instances."""

_one_element_form = 0xBEDE  # RFC 8285, section 4.2
_applied = False


def apply() -> None:
    """Patch aiortc in this process; twice is harmless.

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
    _release_frames_on_marker_bit()
    _request_no_playout_delay()
    _accept_rsa_certificates()
    _stop_consent_when_closed()
    _stop_connecting_when_closed()
    _bound_decoding()
    _bound_datagrams(Limits())
    _bound_messages(Limits())
    codecs: Any = aiortc.codecs
    codecs.Vp8Encoder, codecs.H264Encoder = SharpVp8Encoder, FastH264Encoder
    rtcsctptransport.USERDATA_MAX_LENGTH = SCTP_CHUNK
    _applied = True


def encoder_of(sender: aiortc.RTCRtpSender) -> Any:
    """The sender's encoder, once it has one."""
    return sender._RTCRtpSender__encoder  # type: ignore[attr-defined]


def take_apart(connection: aiortc.RTCPeerConnection) -> None:
    """Let go of what a closed connection holds: its parts refer to each other, so that all that
    they have received would stay until the next full garbage collection."""
    peer: Any = connection
    for transceiver in connection.getTransceivers():
        vars(transceiver.sender).pop("_send_keyframe", None)
    for dtls in peer._RTCPeerConnection__dtlsTransports:
        dtls.remove_all_listeners()
    for ice in peer._RTCPeerConnection__iceTransports:
        _empty(ice._connection)
    if connection.sctp is not None:
        connection.sctp.remove_all_listeners()
    for name in ("transceivers", "dtlsTransports", "iceTransports", "remoteDtls", "remoteIce"):
        getattr(peer, f"_RTCPeerConnection__{name}").clear()
    peer._RTCPeerConnection__sctp = None


def _empty(ice: Any) -> None:
    """Drop the packets and pairs of a closed aioice.Connection."""
    while not ice._queue.empty():
        ice._queue.get_nowait()
    ice._check_list.clear()
    ice._early_checks.clear()


def _release_frames_on_marker_bit() -> None:
    """Release a video frame when its marked packet is there: one frame interval earlier."""
    before = jitterbuffer.JitterBuffer._remove_frame

    def remove_frame(
        self: jitterbuffer.JitterBuffer, sequence_number: int
    ) -> jitterbuffer.JitterFrame | None:
        marked = _take_marked_frame(self) if self._is_video else None
        return marked or before(self, sequence_number)

    jitterbuffer.JitterBuffer._remove_frame = remove_frame  # type: ignore[method-assign]


def _take_marked_frame(buffer: jitterbuffer.JitterBuffer) -> jitterbuffer.JitterFrame | None:
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
    """Drop padding after a frame: handed on as an empty frame, it would end the decoder."""
    while True:
        packet: Any = buffer._packets[(buffer._origin or 0) % buffer.capacity]
        if packet is None or packet._data or packet.marker:
            return
        buffer.remove(1)


def _request_no_playout_delay() -> None:
    """Ask receivers that offer the extension to play at once: 7 to 34 ms less delay."""
    extensions = aiortc.codecs.HEADER_EXTENSIONS["video"]
    extensions.append(RTCRtpHeaderExtensionParameters(id=4, uri=PLAYOUT_DELAY))
    configure, set_values = rtp.HeaderExtensionsMap.configure, rtp.HeaderExtensionsMap.set

    def configure_delay(self: Any, parameters: Any) -> None:
        configure(self, parameters)
        wanted = [item.id for item in parameters.headerExtensions if item.uri == PLAYOUT_DELAY]
        self.playout_delay_id = wanted[0] if wanted and wanted[0] <= 14 else None

    def set_delay(self: Any, values: rtp.HeaderExtensions) -> tuple[int, bytes]:
        profile, packed = set_values(self, values)
        number = getattr(self, "playout_delay_id", None)
        if number is None or profile not in (0, _one_element_form):
            return profile, packed
        return _one_element_form, packed + bytes([number << 4 | 2, 0, 0, 0])  # min 0, max 0

    rtp.HeaderExtensionsMap.configure = configure_delay  # type: ignore[method-assign]
    rtp.HeaderExtensionsMap.set = set_delay  # type: ignore[method-assign]


def _accept_rsa_certificates() -> None:
    """Offer the ciphers of peers whose certificate holds an RSA key."""
    create = rtcdtlstransport.RTCCertificate._create_ssl_context

    def create_with_ciphers(self: Any, *args: Any, **kwargs: Any) -> Any:
        context = create(self, *args, **kwargs)
        context.set_cipher_list(CIPHERS)
        return context

    rtcdtlstransport.RTCCertificate._create_ssl_context = create_with_ciphers  # type: ignore[method-assign]


def _stop_consent_when_closed() -> None:
    """Ask no consent of a connection that closed while it was made: it would ask for 30 s."""
    query = aioice.Connection.query_consent

    async def query_while_open(self: Any) -> None:
        if not self._closing:
            await query(self)

    aioice.Connection.query_consent = query_while_open  # type: ignore[method-assign]


def _stop_connecting_when_closed() -> None:
    """Cancel the connecting of a peer that closes: its senders would start and never end."""
    peer: Any = aiortc.RTCPeerConnection
    connect, close = peer._RTCPeerConnection__connect, peer.close

    async def connect_tracked(self: Any) -> None:
        if self.__dict__.get("closing"):
            return
        # No variable here is the task itself: it would keep the frame, and so the peer, alive.
        tasks = self.__dict__.setdefault("connecting", set())
        tasks.add(asyncio.current_task())
        try:
            await connect(self)
        finally:
            tasks.discard(asyncio.current_task())

    async def cancel_and_close(self: Any) -> None:
        self.__dict__["closing"] = True
        tasks = list(self.__dict__.get("connecting", ()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await close(self)

    peer._RTCPeerConnection__connect, peer.close = connect_tracked, cancel_and_close


def _bound_decoding() -> None:
    """Decode by `decoding.py`, and let its thread end by itself instead of waiting for it."""
    receiver: Any = aiortc.RTCRtpReceiver
    create = receiver.__init__

    def create_bounded(self: Any, kind: str, transport: Any) -> None:
        create(self, kind, transport)
        lost = self._RTCRtpReceiver__decoder_error
        self._RTCRtpReceiver__decoder_queue = FrameQueue(kind, lost)

    def stop_decoder(self: Any) -> None:
        if self._RTCRtpReceiver__decoder_thread is not None:
            self._RTCRtpReceiver__decoder_queue.put(None)
            self._RTCRtpReceiver__decoder_thread = None

    receiver.__init__ = create_bounded
    receiver._RTCRtpReceiver__stop_decoder = stop_decoder
    rtcrtpreceiver.decoder_worker = decode_frames  # type: ignore[assignment]


def _bound_datagrams(limits: Limits) -> None:
    """Drop UDP packets that nobody reads: until a peer is connected, anybody may send them."""
    receive = aioice.Connection.data_received

    def receive_bounded(self: Any, data: bytes, component: int) -> None:
        most = limits.datagrams if self._nominated else limits.early_datagrams
        if len(data) <= limits.datagram_bytes and self._queue.qsize() < most:
            receive(self, data, component)

    aioice.Connection.data_received = receive_bounded  # type: ignore[method-assign]


def _bound_messages(limits: Limits) -> None:
    """End the data channels of a peer whose messages never end: pieces are joined in quadratic
    time."""
    transport: Any = aiortc.RTCSctpTransport
    receive = transport._receive_data_chunk

    async def receive_bounded(self: Any, chunk: Any) -> None:
        streams = self._inbound_streams
        waiting = len(streams[chunk.stream_id].reassembly) if chunk.stream_id in streams else 0
        if waiting >= limits.fragments or len(streams) > limits.channels:
            await self.stop()
        else:
            await receive(self, chunk)

    transport._receive_data_chunk = receive_bounded
