"""What a client is told when it does not get what it asks for."""

from reenact.errors import ReenactError


class RefusedError(ReenactError):
    """A request that is not granted. status: the HTTP status that says so; reason: one sentence."""

    def __init__(self, status: int, reason: str, retry_after_s: int | None = None) -> None:
        """retry_after_s: when asking again may help, for the Retry-After header."""
        super().__init__(reason)
        self.status, self.reason, self.retry_after_s = status, reason, retry_after_s


class SettingsError(ReenactError):
    """Settings of a session that make no sense."""
