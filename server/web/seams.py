"""What the HTTP side asks of the media side, which is `Sessions` and `web.identities`.

Everything here is called on the event loop's thread.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from reenact.types import Image
from server.sessions.sessions import Resume

Kind: TypeAlias = Literal["duplex", "publisher", "viewer"]


class Opened(Protocol):
    """A session that was just made. secret: whoever knows it may end it; sdp: the answer."""

    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def sdp(self) -> str: ...


class SessionState(Protocol):
    """A session, as others may know it."""

    @property
    def kind(self) -> Kind: ...
    @property
    def room(self) -> str | None: ...
    @property
    def secret(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any] | None: ...
    @property
    def statistics(self) -> dict[str, Any]: ...
    @property
    def recording(self) -> bool: ...


class Sessions(Protocol):
    """All sessions of the process."""

    async def open(
        self,
        sdp: object,
        settings: object = None,
        *,
        kind: Kind = "duplex",
        room: str | None = None,
        resume: Resume | None = None,
    ) -> Opened:
        """Raises RefusedError."""

    @property
    def counters(self) -> Counter[str]: ...
    def get(self, id: str) -> SessionState | None: ...
    def states(self) -> Sequence[SessionState]: ...
    async def close(self, id: str) -> None: ...
    async def record(self, id: str, *, on: bool) -> None:
        """Begin or finish a recording. Raises RefusedError."""

    def recording(self, id: str) -> Path | None:
        """The finished one."""

    async def drain(self, grace_s: float) -> None: ...
    async def close_all(self) -> None: ...


class People(Protocol):
    """Who can be shown."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def description(self, name: str) -> str: ...
    @property
    def can_random(self) -> bool: ...
    async def draw(self, name: str) -> Image:
        """Somebody of `names` at rest."""

    async def make_random(self, seed: int | None) -> str:
        """The name of somebody new."""
