"""A file of a pack, and the hash that says whether it is the right one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from reenact.errors import PackError


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file that is there, lies inside its pack and must have this SHA-256."""

    path: Path
    sha256: str

    def verify(self) -> None:
        """Read the whole file. Raises PackError unless it has its hash."""
        try:
            found = sha256_of(self.path)
        except OSError as error:
            raise PackError(
                f"pack file {self.path} cannot be read ({error}); get the pack again"
            ) from error
        if found != self.sha256:
            raise PackError(
                f"pack file {self.path} is damaged: expected SHA-256 {self.sha256[:12]}..., "
                f"got {found[:12]}...; get the pack again"
            )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
