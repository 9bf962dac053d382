"""One client's session: a peer, and behind it a stream or a seat in a room."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiortc import RTCDataChannel
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from reenact.errors import MediaError
from server.errors import RefusedError
from server.limits import Limits
from server.sessions.control_channel import Control
from server.sessions.rate_control import CHECK_S, LoadMeter, RateControl
from server.sessions.recorder import Recorder
from server.sessions.rooms import Ear, Room
from server.sessions.session_state import SessionState
from server.sessions.watchdog import Ending, Liveness, State, assess
from server.settings import StreamSettings
from server.streams.open import Stage
from server.streams.stream import Stream, discard
from server.webrtc.peer import Peer
from server.webrtc.sdp import Kind, Offer
from server.webrtc.tracks import DelayedSound, PictureTrack, SoundClock

logger = logging.getLogger(__name__)


class Session:
    """Owns its peer and, unless it only watches, its stream. Of one event loop.

    state: as the last look of the watchdog found it.
    """

    def __init__(
        self,
        id: str,
        secret: str,
        kind: Kind,
        *,
        peer: Peer,
        limits: Limits,
        room: Room,
        studio: Stage,
    ) -> None:
        """studio: where its pictures are made."""
        self._studio = studio
        self.id, self.secret, self.kind = id, secret, kind
        self.peer, self.room = peer, room
        self.state: State = "connecting"
        self.stream: Stream | None = None
        self.control: Control | None = None
        self.ended_by: str | None = None
        self.track: PictureTrack | None = None
        self._limits = limits
        self._ear: Ear | None = None
        self._recorder: Recorder | None = None
        self._has_sound = False
        self._settings_of: Callable[[StreamSettings, object], StreamSettings] | None = None
        self._packets, self._packets_at = 0, time.monotonic()
        peer.on_track(self._take_track)
        peer.on_channel(self._take_channel)

    def drive(
        self, stream: Stream, change: Callable[[StreamSettings, object], StreamSettings]
    ) -> None:
        """Let the peer's camera drive `stream`. change: settings with a client's values."""
        self.stream, self._settings_of = stream, change
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
                sound = DelayedSound(lambda: self.room.delay_s)
                self._ear = sound.hear
                tracks.append(sound)
            self.room.enter(self.track.show, self._ear)
        answer = await self.peer.answer(offer, *tracks)
        if self.kind == "duplex":
            self.peer.run(self._tell_statistics())
            self.peer.run(self._pace())
        return answer

    def change(self, values: object) -> None:
        """Set what a client asks for. Raises SettingsError, and RefusedError for viewers."""
        if self.stream is None or self._settings_of is None:
            raise RefusedError(409, "who only watches has nothing to set")
        self.stream.settings = self._settings_of(self.stream.settings, values)

    def look(self) -> State | Ending:
        """What the watchdog finds now."""
        now, peer = time.monotonic(), self.peer
        connected = None if peer.connected_at is None else now - peer.connected_at
        if self.stream is not None:
            last = self.stream.last_frame
            signs = Liveness(
                peer.state, now - peer.opened_at, connected, None if last is None else now - last
            )
        else:
            count = peer.packets_received()
            if count != self._packets:
                self._packets, self._packets_at = count, now
            watched = now - self.room.shown_at if self.room.driver is None else 0.0
            silent = now - self._packets_at
            signs = Liveness(peer.state, now - peer.opened_at, connected, silent, watched)
        found = assess(signs, self._limits)
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
            recording=self._recorder is not None,
        )

    def statistics(self) -> dict[str, Any]:
        """As sent on `ctl`; milliseconds."""
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
            "in_fps": round(counts.arrived.per_second(), 1),
            "out_fps": round(counts.left.per_second(), 1),
            "dropped": stream.dropped,
            "failed": stream.failures,
            "undecoded": self.peer.count_undecoded(),
            "age_ms": [p50, p95],
            "stages": stages,
            "server_ms": p50,
            "face": {"hold": "held"}.get(stream.status, stream.status),
            "device": self._studio.device,
            "calibrating": stream.advice is not None and stream.advice.state != "done",
        }

    def start_recording(self, path: Path) -> None:
        """Record pictures and sound into `path`, an mp4. Raises RefusedError when one runs."""
        if self.stream is None or self._recorder is not None:
            raise RefusedError(409, "this session records already, or only watches")
        most_s = self._limits.recording_s
        recorder = self._recorder = Recorder(path, sound=self._has_sound, most_s=most_s)
        self.room.enter(recorder.show, recorder.hear)

    async def stop_recording(self) -> None:
        """Finish the recording, if one runs. Raises MediaError when it could not be written."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            self.room.leave(recorder.show, recorder.hear)
            await asyncio.to_thread(recorder.close)

    async def close(self, reason: str) -> None:
        """Say goodbye and end the peer; twice is harmless."""
        if self.ended_by is not None:
            return
        self.ended_by = reason
        if self.control is not None:
            self.control.say({"t": "bye", "reason": reason})
            await asyncio.sleep(0)  # lets it leave before the transport closes
        if self.track is not None:
            self.room.leave(self.track.show, self._ear)
        if self.stream is not None:
            self.stream.unlisten(self.room.show)
            if self.room.driver == self.id:
                self.room.driver = None
        await self.peer.close()
        try:
            await self.stop_recording()
        except MediaError:
            logger.warning("a recording was lost", exc_info=True)

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

    async def _tell_statistics(self) -> None:
        told = None
        while True:
            await asyncio.sleep(self._limits.statistics_s)
            if self.control is None or self.stream is None:
                continue
            self.control.say({"t": "stats", **self.statistics()}, droppable=True)
            advice = self.stream.advice
            if advice is not None and (advice.state != "done" or advice != told):
                message = {"t": "calibration", "state": advice.state, "left_s": advice.left_s}
                self.control.say(message, droppable=True)
            told = advice

    async def _pace(self) -> None:
        """Ask a client that sends more than becomes pictures to send less."""
        pacing, gauge = RateControl(), LoadMeter(self._studio.worker)
        counts = (0, 0)
        while True:
            await asyncio.sleep(CHECK_S)
            busy = gauge.read()
            if self.control is None or self.stream is None or self.state != "live":
                continue
            (arrived, dropped), statistics = counts, self.stream.statistics
            counts = statistics.arrived.count, self.stream.dropped
            lost = (counts[1] - dropped) / max(counts[0] - arrived, 1)
            fps = pacing.update(statistics.left.per_second(), busy, lost)
            if fps is not None:
                self.control.say({"t": "hint", "max_fps": fps})
