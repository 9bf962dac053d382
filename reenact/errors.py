"""Errors that a caller can handle, all of them a ReenactError.

Engines raise their own `engines.base.EngineError`. Every message is one sentence: what was
expected, what came, what to do.
"""

from reenact.printable import printable


class ReenactError(Exception):
    """Any failure whose message is meant for the user: one line, whatever names are in it."""

    def __str__(self) -> str:
        return printable(super().__str__())


class PackError(ReenactError):
    """A pack is missing, damaged or of another kind."""


class IdentityError(ReenactError):
    """An identity is unknown or its file is unreadable."""


class NoFaceError(ReenactError):
    """A picture that must show a face shows none."""


class MediaError(ReenactError):
    """A picture or a video cannot be read or written."""


class DiskFullError(MediaError):
    """A file does not fit on its disk; what was finished before may be kept."""


class JoinError(MediaError):
    """Finished pictures cannot be joined with their sound; they are kept, and may be without it."""


class CheckpointError(ReenactError):
    """A file is no checkpoint that we know, is damaged, or holds what we refuse to run."""


class TrackerError(ReenactError):
    """The face tracker cannot start."""
