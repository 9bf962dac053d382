"""All sessions of the service: who is let in, who is thrown out, who may come back."""

import asyncio
import hmac
import logging
import secrets
import time
from collections import Counter, OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engines.base import EngineError
from reenact.errors import ReenactError
from server.errors import Refused, SettingsError
from server.ice import Ice, use_loopback
from server.limits import Limits
from server.peer import Peer
from server.performance import Performance
from server.rooms import Rooms
from server.sdp import Kind, checked_offer
from server.session import Session, SessionState
from server.settings import StreamSettings
from server.stream import Stream
from server.watchdog import Ending
from server.worker import Worker

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Stage(Protocol):
    """The part of `server.studio.Studio` that sessions need."""

    @property
    def worker(self) -> Worker: ...
    @property
    def identities(self) -> tuple[str, ...]: ...
    @property
    def knobs(self) -> tuple[str, ...]: ...
    @property
    def default_settings(self) -> StreamSettings: ...
    def open(self, settings: StreamSettings, state: Any = None) -> Performance: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer. secret: whoever knows it may look at, resume and close the session."""

    id: str
    secret: str = field(repr=False)
    sdp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resume:
    """Which session a client wants to go on with."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays of a session that vanished."""

    secret: str
    settings: StreamSettings
    state: dict[str, Any]
    until: float


class Sessions:
    """Opens, watches and closes sessions. Event loop thread only.

    counters: how many were opened, refused, and ended by which cause.
    """

    def __init__(
        self,
        studio: Stage,
        limits: Limits | None = None,
        *,
        ice: Ice | None = None,
        recordings: Path | None = None,
    ) -> None:
        """recordings: the folder for them; there are none when None."""
        self._recordings = recordings
        self._studio, self._limits, self._ice = studio, limits or Limits(), ice or Ice()
        self._sessions: dict[str, Session] = {}
        self._opening: Counter[str] = Counter()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
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
    ) -> Opened:
        """Answer an offer. settings: JSON of `StreamSettings`, for those who drive.

        room: where viewers watch; a duplex session's own id when None. Raises Refused.
        """
        try:
            self._admit(kind, resume)
            offer = checked_offer(sdp, kind, self._limits, loopback=self._ice.loopback)
            self._opening[_place(kind)] += 1
            try:
                session = await self._session(settings, kind, room, resume)
                answer = await self._answered(session, offer)
            finally:
                self._opening[_place(kind)] -= 1
        except Refused as refusal:
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

    def states(self) -> list[SessionState]:
        return [session.snapshot() for session in self._sessions.values()]

    async def close(self, id: str, reason: str = "closed by the client") -> None:
        """End a session for good; one that is unknown or over does no harm."""
        self._kept.pop(id, None)
        session = self._sessions.get(id)
        if session is not None:
            await self._end(session, "closed", reason)

    async def record(self, id: str, *, on: bool) -> None:
        """Begin or finish a session's recording. Raises Refused, MediaError."""
        session = self._sessions.get(id)
        if session is None:
            raise Refused(404, "there is no such session")
        if self._recordings is None:
            raise Refused(409, "this server keeps no recordings; start it with a folder for them")
        if on:
            self._recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
            session.start_recording(self._recording(self._recordings, id))
        else:
            await session.stop_recording()

    def recording(self, id: str) -> Path | None:
        """The finished recording of a session that runs."""
        if self._recordings is None or id not in self._sessions:
            return None
        path = self._recording(self._recordings, id)
        return path if path.is_file() else None

    def _recording(self, folder: Path, id: str) -> Path:
        return folder / f"{id}.mp4"

    async def drain(self, grace_s: float) -> None:
        """Let nobody in any more, tell those who are here, and close after `grace_s`."""
        self.draining = True
        for session in self._sessions.values():
            if session.control is not None:
                session.control.say({"t": "bye", "reason": "the server stops"})
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
        sessions = list(self._sessions.values())
        await asyncio.gather(*(self._end(one, "closed", "the server stops") for one in sessions))
        await asyncio.gather(*self._endings.values())
        self._kept.clear()

    def _admit(self, kind: Kind, resume: Resume | None) -> None:
        if self.draining:
            raise Refused(503, "the server stops; ask again later", self._limits.retry_after_s)
        place = _place(kind)
        mine = resume is not None and resume.id in self._sessions
        taken = sum(_place(one.kind) == place for one in self._sessions.values()) - mine
        most = self._limits.viewers if place == "viewers" else self._limits.sessions
        if taken + self._opening[place] >= most:
            raise Refused(
                503, f"all {most} {place} are taken; ask again later", self._limits.retry_after_s
            )

    async def _session(
        self, settings: object, kind: Kind, room: str | None, resume: Resume | None
    ) -> Session:
        if kind == "viewer":
            return self._viewer(room)
        kept = await self._resumed(resume)
        before = self._studio.default_settings if kept is None else kept.settings
        wanted = self._changed(before, settings)
        id = secrets.token_hex(16) if kept is None or resume is None else resume.id
        place = self._rooms.room(room or id)
        if place.driver is not None:
            raise Refused(409, "somebody drives this room already; choose another name")
        place.driver = id
        try:
            stream = await self._stream(id, wanted, None if kept is None else kept.state)
        except BaseException:
            place.driver = None
            self._rooms.tidy(place)
            raise
        secret = secrets.token_urlsafe(32) if kept is None else kept.secret
        session = Session(id, secret, kind, peer=Peer(self._ice), limits=self._limits, room=place)
        session.drive(stream, self._changed_or_error)
        return session

    def _viewer(self, room: str | None) -> Session:
        place = None if room is None else self._rooms.get(room)
        if place is None or place.driver is None:
            raise Refused(404, "nobody drives this room", self._limits.retry_after_s)
        id, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        peer = Peer(self._ice)
        return Session(id, secret, "viewer", peer=peer, limits=self._limits, room=place)

    async def _resumed(self, resume: Resume | None) -> _Kept | None:
        """What was kept of the session to go on with; one that still runs is ended first."""
        if resume is None:
            return None
        session = self._sessions.get(resume.id)
        if session is not None and _same(session.secret, resume.secret):
            await self._end(session, "resumed", "continued on another connection", keep=True)
        elif resume.id in self._endings:
            await asyncio.shield(self._endings[resume.id])
        kept = self._kept.get(resume.id)
        if kept is None or not _same(kept.secret, resume.secret) or kept.until < time.monotonic():
            raise Refused(404, "there is no such session to go on with; open a new one")
        return self._kept.pop(resume.id)

    async def _stream(
        self, id: str, settings: StreamSettings, state: dict[str, Any] | None
    ) -> Stream:
        loop, studio = asyncio.get_running_loop(), self._studio

        def failed(reason: str) -> None:
            loop.call_soon_threadsafe(self._failed, id, reason)

        made: list[Stream] = []

        def make() -> None:
            performance = studio.open(settings, state)
            wake = studio.worker.wake
            made.append(Stream(performance, settings, self._limits, wake=wake, failed=failed))
            studio.worker.add(made[0])

        def unmake() -> None:
            for stream in made:
                studio.worker.remove(stream)
                stream.close()

        try:
            await self._on_worker(studio.worker.call(make))
        except (EngineError, ReenactError) as error:
            logger.exception("a stream could not be opened")
            reason = "the stream could not be opened; the server's log says why"
            raise Refused(500, reason) from error
        except asyncio.CancelledError:  # the client did not wait for its answer
            studio.worker.call(unmake)
            raise
        return made[0]

    async def _on_worker(self, future: "Future[T]") -> T:
        return await asyncio.wrap_future(future)

    async def _answered(self, session: Session, offer: Any) -> str:
        """The answer; the session is known from here on, or nothing of it is left."""
        self._sessions[session.id] = session
        try:
            return await session.answer(offer)
        except BaseException:
            await self._end(session, "refused", "the offer was refused")
            raise

    def _changed(self, before: StreamSettings, values: object) -> StreamSettings:
        try:
            return self._changed_or_error(before, {} if values is None else values)
        except SettingsError as error:
            raise Refused(400, str(error)) from error

    def _changed_or_error(self, before: StreamSettings, values: object) -> StreamSettings:
        return before.changed(values, self._studio.identities, self._studio.knobs)

    def _failed(self, id: str, reason: str) -> None:
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
        logger.info("session %s ended: %s", session.id[:8], reason)
        stream, worker = session.stream, self._studio.worker
        if stream is not None:
            worker.remove(stream)
            state = await self._on_worker(worker.call(stream.close))
            if keep:
                until = time.monotonic() + self._limits.resume_s
                self._keep(session.id, _Kept(session.secret, stream.settings, state, until))
        await session.close(reason)
        self._rooms.tidy(session.room)

    def _keep(self, id: str, kept: _Kept) -> None:
        self._kept[id] = kept
        while len(self._kept) > self._limits.kept:
            self._kept.popitem(last=False)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._limits.check_s)
            for session in list(self._sessions.values()):
                found = session.look()
                if isinstance(found, Ending):
                    self._end_soon(session, found.cause, found.reason, keep=True)
            now = time.monotonic()
            for id in [id for id, kept in self._kept.items() if kept.until < now]:
                del self._kept[id]


def _place(kind: Kind) -> str:
    return "viewers" if kind == "viewer" else "sessions"


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode())
