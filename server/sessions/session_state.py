"""What is told about a session."""

from dataclasses import dataclass, field
from typing import Any

from server.webrtc.sdp import Kind


@dataclass(frozen=True, slots=True)
class SessionState:
    """A moment of it. secret: never shown, only compared."""

    id: str
    kind: Kind
    state: str
    room: str | None
    settings: dict[str, Any] | None
    statistics: dict[str, Any]
    secret: str = field(repr=False)
    recording: bool = False
