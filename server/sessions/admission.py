"""Admission control: limits on drivers and viewers, and saved state of disconnected sessions."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from server.errors import RefusedError
from server.limits import Limits
from server.settings import StreamSettings
from server.webrtc.sdp import Kind


class Place(NamedTuple):
    """A session as far as limits count it."""

    kind: Kind
    """Whether it drives, publishes or views."""
    client: str | None
    """Whose it is, see `clients.client_of`."""


class Admission:
    """Counts sessions that are being opened; those that run are counted by the caller."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._opening: list[Place] = []

    @contextmanager
    def admit(self, place: Place, present: Iterable[Place]) -> Iterator[None]:
        """Hold a place while a session is made, beside those `present`.

        Raises RefusedError: 503 when all are taken, 429 when its client has enough.
        """
        taken = [*present, *self._opening]
        self._check(place, taken)
        self._opening.append(place)
        try:
            yield
        finally:
            self._opening.remove(place)

    def _check(self, place: Place, taken: list[Place]) -> None:
        row, limits = _row(place.kind), self._limits
        most = limits.viewers if row == "viewers" else limits.sessions
        if sum(_row(other.kind) == row for other in taken) >= most:
            reason = f"all {most} {row} are in use; try again later"
            raise RefusedError(503, reason, limits.retry_after_s)
        own = sum(other.client == place.client for other in taken)
        if place.client is not None and own >= limits.client.sessions:
            reason = f"this address has {own} sessions already; end one, or try again later"
            raise RefusedError(429, reason, limits.retry_after_s)


@dataclass(frozen=True, slots=True)
class Resume:
    """A client's wish to resume a session."""

    id: str
    """Id of the session."""
    secret: str = field(repr=False)
    """Proof that the session was this client's."""


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """Saved state of a disconnected session."""

    secret: str = field(repr=False)
    """Whoever knows it may resume the session."""
    settings: StreamSettings
    """Settings of its stream."""
    state: dict[str, Any] | None
    """State of its pipeline; None when that could not be had."""


class ResumableSessions:
    """Saved state of disconnected sessions by id, each kept for `Limits.resume_s`.

    The oldest goes when there are more than `Limits.kept`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._saved: OrderedDict[str, tuple[ResumableSession, float]] = OrderedDict()

    def save(self, id: str, session: ResumableSession) -> None:
        self._saved[id] = (session, time.monotonic() + self._limits.resume_s)
        while len(self._saved) > self._limits.kept:
            self._saved.popitem(last=False)

    def take(self, wanted: Resume) -> ResumableSession:
        """The saved session, once. Raises RefusedError for an unknown id or a wrong secret."""
        self.drop_expired()
        saved = self._saved.get(wanted.id)
        if saved is None or not secrets_match(saved[0].secret, wanted.secret):
            raise RefusedError(404, "this session cannot be resumed; open a new one")
        del self._saved[wanted.id]
        return saved[0]

    def forget(self, id: str) -> None:
        self._saved.pop(id, None)

    def drop_expired(self) -> None:
        now = time.monotonic()
        for id in [id for id, (_, until) in self._saved.items() if until < now]:
            del self._saved[id]

    def clear(self) -> None:
        self._saved.clear()


def secrets_match(first: str, second: str) -> bool:
    """Compare in constant time, so that the time taken tells nothing."""
    return hmac.compare_digest(first.encode(), second.encode("utf-8", "replace"))


def _row(kind: Kind) -> str:
    return "viewers" if kind == "viewer" else "sessions"
