"""Errors that reach a client as one sentence."""

from reenact.errors import ReenactError


class RefusedError(ReenactError):
    """A request that is refused, with the HTTP status and the sentence of its answer."""

    def __init__(self, status: int, reason: str, retry_after_s: int | None = None) -> None:
        """retry_after_s: seconds after which the same request may succeed; None when unknown."""
        super().__init__(reason)
        self.status, self.reason, self.retry_after_s = status, reason, retry_after_s


class SettingsError(ReenactError):
    """Settings of a session that are unknown, of a wrong type or out of range."""
