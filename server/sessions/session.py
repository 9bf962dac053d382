"""One client's session: a peer, and behind it a stream, or a subscription to a room."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from aiortc import RTCDataChannel
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from server.errors import RefusedError
from server.limits import Limits
from server.sessions.control_channel import Control
from server.sessions.rate_control import CHECK_S, LoadMeter, RateControl
from server.sessions.recording_switch import RecordingSwitch
from server.sessions.recordings import Recordings
from server.sessions.rooms import OnSound, Room
from server.sessions.watchdog import Ending, Liveness, State, assess
from server.streams.runtime import Runtime
from server.streams.stream import Stream, discard
from server.webrtc.peer import Peer
from server.webrtc.sdp import Kind, Offer
from server.webrtc.tracks import DelayedSound, PictureTrack, SoundClock

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session at one moment, as it is told to others."""

    id: str
    """Id of the session."""
    kind: Kind
    """Whether it drives, publishes or views."""
    state: str
    """"connecting", "live" or "paused"."""
    room: str | None
    """Name of its room."""
    settings: dict[str, Any] | None
    """Settings of its stream, as JSON; None for viewers."""
    statistics: dict[str, Any]
    """See `Session.statistics`."""
    secret: str = field(repr=False)
    """Never shown, only compared."""
    recording: bool = False
    """Whether a recording runs."""


class Session:
    """Owns its peer and, unless it only watches, its stream. It belongs to the event loop."""

    def __init__(
        self,
        id: str,
        secret: str,
        kind: Kind,
        *,
        peer: Peer,
        limits: Limits,
        room: Room,
        runtime: Runtime,
    ) -> None:
        """secret: whoever knows it may look at, resume and close the session."""
        self._runtime = runtime
        self.id, self.secret, self.kind = id, secret, kind
        self.peer, self.room = peer, room
        self.state: State = "connecting"
        """State that the last check found."""
        self.stream: Stream | None = None
        self.control: Control | None = None
        self.ended_by: str | None = None
        self.client: str | None = None
        """Whose it is, see `clients.client_of`."""
        self.track: PictureTrack | None = None
        self._limits = limits
        self._on_sound: OnSound | None = None
        self._recording = RecordingSwitch(id, room)
        self._has_sound = False
        self._packets, self._packets_at = 0, time.monotonic()
        peer.on_track(self._take_track)
        peer.on_channel(self._take_channel)

    def drive(self, stream: Stream) -> None:
        """Let the peer's camera drive `stream`."""
        self.stream = stream
        stream.listen(self.room.show)
        self.room.driver = self.id

    async def answer(self, offer: Offer) -> str:
        """Take the peer's offer. Raises RefusedError."""
        tracks: list[MediaStreamTrack] = []
        if self.kind == "duplex" and self.stream is not None:
            stream = self.stream
            self.track = PictureTrack(
                measured=lambda: stream.settings.measure, sent=stream.statistics.note_sent
            )
            stream.listen(self.track.show)
            tracks = [self.track]
        elif self.kind == "viewer":
            self.track = PictureTrack()
            tracks = [self.track]
            if offer.audio:
                room = self.room  # not the session, which would keep itself alive
                sound = DelayedSound(lambda: room.delay_s)
                self._on_sound = sound.hear
                tracks.append(sound)
            self.room.subscribe(self.track.show, self._on_sound)
        answer = await self.peer.answer(offer, *tracks)
        if self.kind == "duplex":
            self.peer.run(self._tell_statistics())
            self.peer.run(self._control_rate())
        return answer

    def change(self, values: object) -> None:
        """Set what a client asks for. Raises SettingsError, and RefusedError for viewers."""
        if self.stream is None:
            raise RefusedError(409, "a viewer has no settings")
        runtime, before = self._runtime, self.stream.settings
        self.stream.settings = before.change(values, runtime.identities, runtime.knobs)

    def check(self) -> State | Ending:
        """Whether the session lives, for the watchdog."""
        found = assess(self._liveness(time.monotonic()), self._limits)
        spoilt = self.peer.reason_undecodable(self._limits.undecodable)
        if spoilt is not None:
            return Ending("media", spoilt)
        self._tell_recording()
        if not isinstance(found, Ending):
            self.state = found
        return found

    def snapshot(self) -> SessionState:
        stream = self.stream
        return SessionState(
            id=self.id,
            kind=self.kind,
            state=self.state,
            room=self.room.name,
            settings=None if stream is None else stream.settings.as_json(),
            statistics=self.statistics(),
            secret=self.secret,
            recording=self._recording.on,
        )

    def statistics(self) -> dict[str, Any]:
        """Statistics as they are sent on `ctl`; times in milliseconds."""
        stream = self.stream
        if stream is None:
            return {"dropped": 0 if self.track is None else self.track.box.dropped}
        counts = stream.statistics
        stages = counts.stages_ms()
        encode_s = self.peer.encode_s()
        if encode_s is not None:
            stages["encode"] = round(1e3 * encode_s, 1)
        p50, p95 = counts.age_ms()
        return {
            "in_fps": round(counts.arrived.per_s(), 1),
            "out_fps": round(counts.left.per_s(), 1),
            "dropped": stream.dropped,
            "failed": stream.failures + self.peer.count_undecodable(),
            "undecoded": self.peer.count_undecoded(),
            "age_ms": [p50, p95],
            "stages": stages,
            "server_ms": p50,
            "face": stream.status,
            "device": self._runtime.device,
            "calibrating": stream.hint is not None and stream.hint.state != "done",
        }

    async def record(self, recordings: Recordings, *, on: bool) -> str | None:
        """Begin or finish a recording; what is missing from a finished one, as a phrase.

        Raises RefusedError.
        """
        if self.stream is None:
            raise RefusedError(409, "a viewer records nothing")
        if not on:
            return await self._recording.stop()
        await self._recording.start(recordings, sound=self._has_sound)
        return None

    async def close(self, reason: str) -> None:
        """Say goodbye and end the peer; twice is harmless."""
        if self.ended_by is not None:
            return
        self.ended_by = reason
        if self.control is not None:
            self.control.close(reason)
            await asyncio.sleep(0)  # lets it leave before the transport closes
            self.control = None
        if self.track is not None:
            self.room.unsubscribe(self.track.show, self._on_sound)
        if self.stream is not None:
            self.stream.unlisten(self.room.show)
            if self.track is not None:
                self.stream.unlisten(self.track.show)
            if self.room.driver == self.id:
                self.room.driver = None
        await self.peer.close()
        await self._recording.close()

    def _liveness(self, now: float) -> Liveness:
        peer = self.peer
        connected_s = None if peer.connected_at is None else now - peer.connected_at
        if self.stream is not None:
            last = self.stream.last_frame
            silent_s = None if last is None else now - last
            return Liveness(peer.state, now - peer.opened_at, connected_s, silent_s)
        count = peer.packets_received()
        if count != self._packets:
            self._packets, self._packets_at = count, now
        watched_s = now - self.room.shown_at if self.room.driver is None else 0.0
        silent_s = now - self._packets_at
        return Liveness(peer.state, now - peer.opened_at, connected_s, silent_s, watched_s)

    def _take_track(self, track: MediaStreamTrack) -> None:
        if self.stream is None or track.kind not in ("video", "audio"):
            self.peer.run(discard(track))
        elif track.kind == "video":
            self.peer.run(self.stream.drain(track))
        else:
            self._has_sound = True
            self.peer.run(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        """Pass the driver's sound to the room; never back to the driver."""
        clock = SoundClock()
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            arrived = time.monotonic()
            self.room.hear(frame, clock.moment(float(frame.pts * frame.time_base), arrived))

    def _take_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != "ctl" or self.control is not None or self.stream is None:
            channel.close()
            return
        self.control = Control(
            channel, self._limits, change=self.change, calibrate=self.stream.recalibrate
        )
        channel.on("message", self.control.hear)

    def _tell_recording(self) -> None:
        """Say once that the recording ended by itself, and why."""
        note = self._recording.take_ending()
        if note is not None and self.control is not None:
            self.control.say({"t": "recording", "on": False, "note": note})

    async def _tell_statistics(self) -> None:
        told = None
        while True:
            await asyncio.sleep(self._limits.statistics_s)
            if self.control is None or self.stream is None:
                continue
            self.control.say({"t": "stats", **self.statistics()}, droppable=True)
            hint = self.stream.hint
            if hint is not None and (hint.state != "done" or hint != told):
                message = {"t": "calibration", "state": hint.state, "left_s": hint.left_s}
                self.control.say(message, droppable=True)
            told = hint

    async def _control_rate(self) -> None:
        """Ask a client that sends more than becomes pictures to send less."""
        control, meter = RateControl(), LoadMeter(self._runtime.device_thread)
        counts = (0, 0)
        while True:
            await asyncio.sleep(CHECK_S)
            busy = meter.read()
            if self.control is None or self.stream is None or self.state != "live":
                continue
            (arrived, dropped), statistics = counts, self.stream.statistics
            counts = statistics.arrived.count, self.stream.dropped
            lost = (counts[1] - dropped) / max(counts[0] - arrived, 1)
            fps = control.update(statistics.left.per_s(), busy, lost)
            if fps is not None:
                self.control.say({"t": "hint", "max_fps": fps})
