"""One WebRTC peer: answers an offer, reports its state, and closes within a time limit."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiortc import (
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamTrack

from server.errors import RefusedError
from server.webrtc import aiortc_patches
from server.webrtc.decoding import FrameQueue, frames_of
from server.webrtc.ice import Ice
from server.webrtc.sdp import Offer, add_start_bitrate

logger = logging.getLogger(__name__)

CLOSE_S = 5.0
"""Seconds that closing a connection may take."""


class Peer:
    """Owns an RTCPeerConnection and the tasks that serve it. Belongs to one event loop."""

    def __init__(self, ice: Ice) -> None:
        aiortc_patches.apply()
        self._connection = RTCPeerConnection(ice.configuration())
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.opened_at = time.monotonic()
        self.connected_at: float | None = None
        """When it connected, by time.monotonic(); None before."""
        self._connection.on("connectionstatechange", self._note_state)

    @property
    def state(self) -> str:
        """RTCPeerConnection.connectionState: new, connecting, connected, failed or closed."""
        return str(self._connection.connectionState)

    def on_track(self, listener: Callable[[MediaStreamTrack], None]) -> None:
        self._connection.on("track", listener)

    def on_channel(self, listener: Callable[[RTCDataChannel], None]) -> None:
        self._connection.on("datachannel", listener)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task that is cancelled when this peer closes."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def answer(self, offer: Offer, *tracks: MediaStreamTrack) -> str:
        """The answer to `offer`, with all candidates. tracks: sent to the other side.

        Raises RefusedError for an offer that cannot be answered.
        """
        connection = self._connection
        try:
            for track in tracks:
                sender = connection.addTrack(track)
                _repeat_when_lost(sender, track)
            await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            if not offer.wanted:
                _send_only(connection)
            answer = await connection.createAnswer()
            await connection.setLocalDescription(answer)
        except Exception as error:  # the parser does not see everything that is wrong
            raise RefusedError(400, "the offer cannot be answered; is it complete?") from error
        return add_start_bitrate(connection.localDescription.sdp)

    def packets_received(self) -> int:
        """Media and RTCP packets so far; the number grows as long as the other side lives."""
        transceivers = self._connection.getTransceivers()
        if not transceivers:
            return 0
        report = transceivers[0].receiver.transport._get_stats()
        return sum(getattr(entry, "packetsReceived", 0) for entry in report.values())

    def encode_s(self) -> float | None:
        """Seconds that the last frame took to encode; None before the first."""
        for sender in self._connection.getSenders():
            if sender.kind == "video" and (encoder := aiortc_patches.encoder_of(sender)):
                return float(encoder.last_s)
        return None

    def count_undecoded(self) -> int:
        """Frames that wait for the decoder, over all receivers."""
        return sum(frames.qsize() for frames in self._frames())

    def count_undecodable(self) -> int:
        """Frames so far that could not be decoded."""
        return sum(frames.failed for frames in self._frames())

    def reason_undecodable(self, most: int) -> str | None:
        """Why the peer sends nothing of use, as a sentence; None while it does.

        most: frames in a row that may fail.
        """
        for frames in self._frames():
            if frames.refused is not None:
                return frames.refused
            if frames.failed_in_a_row >= most:
                return f"{most} frames in a row could not be decoded; send VP8 or H.264, 4K at most"
        return None

    async def close(self) -> None:
        """Close the connection and cancel its tasks; twice is harmless. Never raises."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close()
        except Exception:
            logger.warning("a peer connection did not close cleanly", exc_info=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        aiortc_patches.take_apart(self._connection)

    def _frames(self) -> list[FrameQueue]:
        return [frames_of(receiver) for receiver in self._connection.getReceivers()]

    def _note_state(self) -> None:
        if self.state == "connected" and self.connected_at is None:
            self.connected_at = time.monotonic()


def _send_only(connection: RTCPeerConnection) -> None:
    """Receive nothing, whatever the other side offers: what only watches gets no decoder."""
    for transceiver in connection.getTransceivers():
        transceiver.direction = "inactive" if transceiver.sender.track is None else "sendonly"


def _repeat_when_lost(sender: RTCRtpSender, track: MediaStreamTrack) -> None:
    """Make `track` repeat its picture when the receiver asks for a key frame: it lost one."""
    repeat = getattr(track, "repeat", None)
    if repeat is None:
        return
    before = sender._send_keyframe

    def send_keyframe() -> None:
        before()
        repeat()

    sender._send_keyframe = send_keyframe  # type: ignore[method-assign]
