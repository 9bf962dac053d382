"""How much of everything the service gives away, and how long it waits."""

from dataclasses import dataclass

from engines import ON_PROCESSOR


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, bytes, pixels and seconds; tests shorten the seconds.

    sessions: duplex peers and publishers together; viewers: of all rooms together.
    connect_s: for ICE and DTLS. pause_s, gone_s: without a frame until a stream counts as paused,
    and until its slot is freed. resume_s: so long a session that vanished can be gone on with.
    session_s: the longest session; None is for ever. failures: failed frames in a row that end one.
    """

    sessions: int = 1
    viewers: int = 4
    connect_s: float = 15.0
    pause_s: float = 3.0
    gone_s: float = 15.0
    resume_s: float = 60.0
    session_s: float | None = None
    check_s: float = 0.5
    statistics_s: float = 0.5
    retry_after_s: int = 10
    failures: int = 30
    offer_bytes: int = 64 * 1024
    candidates: int = 10
    message_bytes: int = 16 * 1024
    messages_per_s: int = 50
    picture_pixels: int = 1920 * 1088
    kept: int = 16
    recording_s: float = 600.0


def sessions_for(device: str) -> int:
    """How many a device carries at 20 frames a second or more: one on processors, four on cards."""
    return 1 if device in ON_PROCESSOR else 4
