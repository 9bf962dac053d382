"""Limits of the service: how many clients it serves, how much each may send, how long it waits."""

from dataclasses import dataclass

from engines import ON_PROCESSOR


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults are those of the service; tests shorten the waits."""

    sessions: int = 1
    """Drivers at the same time: duplex peers and publishers together."""
    viewers: int = 4
    """Viewers at the same time, of all rooms together."""
    connect_s: float = 15.0
    """Seconds that ICE and DTLS may take before the session ends."""
    pause_s: float = 3.0
    """Seconds without a frame after which a stream counts as paused."""
    gone_s: float = 15.0
    """Seconds without a sign of life after which a session ends and its slot is free."""
    resume_s: float = 60.0
    """Seconds for which a session whose connection was lost can be resumed."""
    session_s: float | None = None
    """Longest session, in seconds; None for no limit."""
    check_s: float = 0.5
    """Seconds between two checks of all sessions."""
    statistics_s: float = 0.5
    """Seconds between two `stats` messages."""
    retry_after_s: int = 10
    """Seconds after which a refused client may ask again, for the Retry-After header."""
    failures: int = 30
    """Failed frames in a row that end a stream: about a second of them."""
    offer_bytes: int = 64 * 1024
    """Longest offer, in bytes of UTF-8."""
    candidates: int = 10
    """ICE candidates of an offer that are tried; further ones are dropped."""
    message_bytes: int = 16 * 1024
    """Longest message on the control channel; a longer one is dropped."""
    messages_per_s: int = 50
    """Messages a second on the control channel; further ones are dropped."""
    picture_pixels: int = 1920 * 1088
    """Largest camera picture, in pixels: 1080p, whose rows codecs round up to 1088."""
    kept: int = 16
    """Lost sessions that can be resumed at one time; the oldest goes first."""
    recording_s: float = 600.0
    """Longest recording, in seconds; what comes later is left out."""


def sessions_for(device: str) -> int:
    """Drivers that a device carries at 20 frames a second or more: one on a CPU, four on a GPU."""
    return 1 if device in ON_PROCESSOR else 4
