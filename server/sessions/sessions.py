"""All sessions of the service: opened, watched, ended and resumed."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from server.errors import RefusedError, SettingsError
from server.limits import Limits
from server.sessions.admission import (
    Admission,
    Place,
    ResumableSession,
    ResumableSessions,
    Resume,
    secrets_match,
)
from server.sessions.clients import Starts, client_of
from server.sessions.ended import EndedSessions
from server.sessions.recordings import Recordings
from server.sessions.rooms import Room, Rooms
from server.sessions.session import Session, SessionState
from server.sessions.watchdog import Ending
from server.settings import StreamSettings
from server.streams.open import Streams
from server.streams.runtime import Runtime
from server.webrtc.ice import Ice, use_loopback
from server.webrtc.offer_bounds import bound_offer
from server.webrtc.peer import Peer
from server.webrtc.sdp import Kind, Offer, check_offer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """Answer to an offer."""

    id: str
    """Id of the session."""
    secret: str = field(repr=False)
    """Whoever knows it may look at, resume and close the session."""
    sdp: str = field(repr=False)
    """Description of this side, for the client."""


class Sessions:
    """Opens, watches and closes sessions. It belongs to the event loop."""

    def __init__(
        self,
        runtime: Runtime,
        limits: Limits | None = None,
        *,
        ice: Ice | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        """recordings: where they go; nothing is recorded when None."""
        self._recordings = recordings
        self._runtime, self._limits, self._ice = runtime, limits or Limits(), ice or Ice()
        self._sessions: dict[str, Session] = {}
        self._admission = Admission(self._limits)
        self._starts = Starts(self._limits.client)
        self._resumable = ResumableSessions(self._limits)
        self._ended = EndedSessions(self._limits)
        self._streams = Streams(runtime, self._limits)
        self._rooms = Rooms()
        self._watch: asyncio.Task[None] | None = None
        self._endings: dict[str, asyncio.Task[None]] = {}
        self.draining = False
        self.counters: Counter[str] = Counter()
        if self._ice.loopback:
            use_loopback()

    def __len__(self) -> int:
        return len(self._sessions)

    async def open(
        self,
        sdp: object,
        settings: object = None,
        *,
        kind: Kind = "duplex",
        room: str | None = None,
        resume: Resume | None = None,
        address: str | None = "127.0.0.1",
    ) -> Opened:
        """Answer an offer. settings: JSON of `StreamSettings`, for those who drive.

        room: where viewers watch; a duplex session's own id when None. address: where it came from.
        Raises RefusedError.
        """
        client = client_of(address)
        try:
            if self.draining:
                raise RefusedError(
                    503, "the server is stopping; try again later", self._limits.retry_after_s
                )
            self._starts.note(client)
            bounded = bound_offer(sdp, self._limits)
            mine = None if resume is None else resume.id
            others = [one for one in self._sessions.values() if one.id != mine]
            present = [Place(one.kind, one.client) for one in others]
            with self._admission.admit(Place(kind, client), present):
                offer = check_offer(bounded, kind, self._limits, loopback=self._ice.loopback)
                session = await self._session(settings, kind, room, resume)
                session.client = client
            answer = await self._answer(session, offer, keep=resume is not None)
        except RefusedError as refusal:
            self.counters[f"refused_{refusal.status}"] += 1
            raise
        self.counters[f"opened_{kind}"] += 1
        logger.info("session %s opened, %s", session.id[:8], kind)
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._keep_watch())
        return Opened(session.id, session.secret, answer)

    def get(self, id: str) -> SessionState | None:
        session = self._sessions.get(id)
        return None if session is None else session.snapshot()

    def why_ended(self, id: str) -> str | None:
        """Why the service ended a session, for a while; None where it did not."""
        return self._ended.reason(id)

    def states(self) -> list[SessionState]:
        return [session.snapshot() for session in self._sessions.values()]

    async def close(self, id: str, reason: str = "closed by the client") -> None:
        """End a session for good; one that is unknown or over does no harm."""
        self._resumable.forget(id)
        session = self._sessions.get(id)
        if session is not None:
            await self._end(session, "closed", reason)

    async def record(self, id: str, *, on: bool) -> str | None:
        """Begin or finish a session's recording; what is missing from a finished one, as a phrase.

        Raises RefusedError.
        """
        session = self._sessions.get(id)
        if session is None:
            raise RefusedError(404, "this session does not exist, or it has ended")
        if self._recordings is None:
            raise RefusedError(
                409, "this server does not record; start it with --recordings FOLDER"
            )
        return await session.record(self._recordings, on=on)

    def recording(self, id: str) -> Path | None:
        """The finished recording of a session that runs."""
        if self._recordings is None or id not in self._sessions:
            return None
        return self._recordings.find_finished(id)

    async def drain(self, grace_s: float) -> None:
        """Let nobody in any more, tell those who are here, and close after `grace_s`."""
        self.draining = True
        for session in self._sessions.values():
            if session.control is not None:
                session.control.say({"t": "bye", "reason": "the server is stopping"})
        end = time.monotonic() + grace_s
        while self._sessions and time.monotonic() < end:  # noqa: ASYNC110 - they leave one by one
            await asyncio.sleep(min(0.1, grace_s))
        await self.close_all()

    async def close_all(self) -> None:
        """End all sessions; twice is harmless."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        reason = "the server is stopping"
        sessions = list(self._sessions.values())
        await asyncio.gather(*(self._end(one, "closed", reason) for one in sessions))
        await asyncio.gather(*self._endings.values())
        self._resumable.clear()

    async def _session(
        self, settings: object, kind: Kind, room: str | None, resume: Resume | None
    ) -> Session:
        if kind == "viewer":
            return self._viewer(room)
        self._settings(self._runtime.default_settings, settings)  # before anything is ended for it
        kept = await self._take_resumable(resume)
        if kept is None or resume is None:
            return await self._drive(settings, kind, room, secrets.token_hex(16), None)
        try:
            return await self._drive(settings, kind, room, resume.id, kept)
        except BaseException:
            self._resumable.save(resume.id, kept)  # the client may try again
            raise

    async def _drive(
        self, settings: object, kind: Kind, room: str | None, id: str, kept: ResumableSession | None
    ) -> Session:
        """A session that drives, going on from `kept` where there is one."""
        before = self._runtime.default_settings if kept is None else kept.settings
        wanted = self._settings(before, settings)
        place = self._rooms.room(room or id)
        if place.driver is not None:
            raise RefusedError(409, "this room already has a driver; choose another name")
        place.driver = id
        try:
            stream = await self._streams.open(
                wanted, None if kept is None else kept.state, failed=partial(self._end_failed, id)
            )
        except BaseException:
            place.driver = None
            self._rooms.tidy(place)
            raise
        secret = secrets.token_urlsafe(32) if kept is None else kept.secret
        session = self._new(id, secret, kind, place)
        session.drive(stream)
        return session

    def _viewer(self, room: str | None) -> Session:
        place = None if room is None else self._rooms.get(room)
        if place is None or place.driver is None:
            raise RefusedError(404, "this room has no driver", self._limits.retry_after_s)
        id, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        return self._new(id, secret, "viewer", place)

    def _new(self, id: str, secret: str, kind: Kind, room: Room) -> Session:
        peer, limits, runtime = Peer(self._ice), self._limits, self._runtime
        return Session(id, secret, kind, peer=peer, limits=limits, room=room, runtime=runtime)

    async def _take_resumable(self, resume: Resume | None) -> ResumableSession | None:
        """What was kept of the session to go on with; one that still runs is ended first."""
        if resume is None:
            return None
        session = self._sessions.get(resume.id)
        if session is not None and secrets_match(session.secret, resume.secret):
            await self._end(session, "resumed", "continued on another connection", keep=True)
        elif resume.id in self._endings:
            await asyncio.shield(self._endings[resume.id])
        return self._resumable.take(resume)

    async def _answer(self, session: Session, offer: Offer, *, keep: bool) -> str:
        """The answer; the session is known from here on, or nothing of it is left but, with `keep`,
        what it takes to resume it."""
        self._sessions[session.id] = session
        try:
            return await session.answer(offer)
        except BaseException:
            await self._end(session, "refused", "the offer was refused", keep=keep)
            raise

    def _settings(self, before: StreamSettings, values: object) -> StreamSettings:
        given, runtime = {} if values is None else values, self._runtime
        try:
            return before.change(given, runtime.identities, runtime.knobs)
        except SettingsError as error:
            raise RefusedError(400, str(error)) from error

    def _end_failed(self, id: str, reason: str) -> None:
        session = self._sessions.get(id)
        if session is not None:
            self._end_soon(session, "engine", reason)

    async def _end(self, session: Session, cause: str, reason: str, *, keep: bool = False) -> None:
        """The one way out; returns when the session is gone, whoever began its end."""
        await asyncio.shield(self._end_soon(session, cause, reason, keep=keep))

    def _end_soon(
        self, session: Session, cause: str, reason: str, *, keep: bool = False
    ) -> "asyncio.Task[None]":
        ending = self._endings.get(session.id)
        if ending is None:
            ending = asyncio.ensure_future(self._undo(session, cause, reason, keep=keep))
            self._endings[session.id] = ending
            ending.add_done_callback(lambda _: self._endings.pop(session.id, None))
        return ending

    async def _undo(self, session: Session, cause: str, reason: str, *, keep: bool) -> None:
        """All that opening did, once."""
        if self._sessions.pop(session.id, None) is None:
            return
        self.counters[f"ended_{cause}"] += 1
        if cause not in ("closed", "resumed"):
            self._ended.note(session.id, reason)
        logger.info("session %s ended: %s", session.id[:8], reason)
        stream = session.stream
        if stream is not None:
            state = await self._streams.close(stream)
            if keep:
                self._resumable.save(
                    session.id, ResumableSession(session.secret, stream.settings, state)
                )
        await session.close(reason)
        self._rooms.tidy(session.room)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._limits.check_s)
            self._resumable.drop_expired()
            self._check_all()

    def _check_all(self) -> None:  # apart, so that no name here keeps the last session alive
        for session in list(self._sessions.values()):
            self._check(session)

    def _check(self, session: Session) -> None:
        try:
            found = session.check()
        except Exception:
            logger.exception("a session cannot be checked")
            self._end_soon(session, "failed", "the server failed; its log says why")
            return
        if isinstance(found, Ending):
            self._end_soon(session, found.cause, found.reason, keep=True)
