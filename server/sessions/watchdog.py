"""Decides when a session is paused or over: aiortc itself notices a stopped camera never, and a
killed browser after half a minute."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from server.limits import Limits

State: TypeAlias = Literal["connecting", "live", "paused"]


@dataclass(frozen=True, slots=True)
class Liveness:
    """What is known of a session; seconds. connection: of the peer, in aiortc's words.

    open_s: since it was opened. connected_s: since its peer connected, None before. silent_s: since
    the last sign of life (a frame of a driver, a packet of a viewer), None before the first.
    watched_s: since the last picture in a viewer's room, None for drivers.
    """

    connection: str
    open_s: float
    connected_s: float | None
    silent_s: float | None
    watched_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session is over, for its client and the counters."""

    cause: Literal["failed", "connect", "gone", "time", "empty"]
    reason: str


def assess(signs: Liveness, limits: Limits) -> State | Ending:
    """What a session with these signs is."""
    if signs.connection in ("failed", "closed"):
        return Ending("failed", "the connection was lost")
    if limits.session_s is not None and signs.open_s > limits.session_s:
        return Ending("time", f"the session reached its limit of {limits.session_s:g} s")
    if signs.connected_s is None:
        if signs.open_s > limits.connect_s:
            return Ending("connect", f"no connection within {limits.connect_s:g} s")
        return "connecting"
    if signs.watched_s is not None and signs.watched_s > limits.resume_s:
        return Ending("empty", "the driver of this room has left")
    silent_s = signs.connected_s if signs.silent_s is None else signs.silent_s
    if silent_s > limits.gone_s:
        return Ending("gone", f"the client was silent for {limits.gone_s:g} s")
    return "paused" if silent_s > limits.pause_s else "live"
