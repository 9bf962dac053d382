"""What opening a checkpoint may raise."""

from reenact.errors import ReenactError


class CheckpointError(ReenactError):
    """A file is no checkpoint that we know, is damaged, or holds what we refuse to run."""
