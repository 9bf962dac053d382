"""Watchdog: decides when a session is paused or over.

aiortc itself never notices a stopped camera, and a killed browser only after half a minute.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from server.limits import Limits

State: TypeAlias = Literal["connecting", "live", "paused"]


@dataclass(frozen=True, slots=True)
class Liveness:
    """Signs of life of a session."""

    connection: str
    """State of the peer's connection, in aiortc's words."""
    open_s: float
    """Seconds since it was opened."""
    connected_s: float | None
    """Seconds since its peer connected; None before."""
    silent_s: float | None
    """Seconds since the last frame of a driver or packet of a viewer; None before the first."""
    watched_s: float | None = None
    """Seconds since the last picture in a viewer's room without a driver; None for drivers."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session is over, for its client and the counters."""

    cause: Literal["failed", "connect", "gone", "time", "empty", "media"]
    """Name of the counter."""
    reason: str
    """Sentence for the client."""


def assess(signs: Liveness, limits: Limits) -> State | Ending:
    """The state of a session with these signs of life, or why it is over."""
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
