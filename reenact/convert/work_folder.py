"""The finished segments of a conversion on disk, from which a killed conversion resumes."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from reenact.errors import MediaError
from reenact.media.claimed_folder import clear_folder
from reenact.media.files import whole_file


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished segment."""

    start: int
    """Time of its first frame, ticks of the source's time base."""
    frames: int
    """Number of its frames."""
    faces: int
    """Number of its frames in which a face was followed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A point from which a conversion can resume."""

    pieces: tuple[Piece, ...] = ()
    """Finished segments, in order."""
    state: dict[str, Any] | None = None
    """State of the pipeline after the last of them, as JSON values; None before the first."""

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)

    @property
    def faces(self) -> int:
        return sum(piece.faces for piece in self.pieces)


class WorkFolder:
    """The claimed folder beside a target. Only its manifest says what in it is finished."""

    def __init__(self, path: Path, suffix: str, key: Mapping[str, Any]) -> None:
        """suffix: the target's. key: JSON values for all that the result depends on; no other key's
        work is reused."""
        self.path = path
        self.joined = path / f"joined{suffix}"
        self._manifest = path / "manifest.json"
        self._key = json.loads(json.dumps(key))
        self.frames = 0  # of the last checkpoint

    def segment_path(self, index: int) -> Path:
        return self.path / f"segment-{index:05d}.mp4"

    def moment_path(self, index: int, row: str) -> Path:
        """Path of a picture for the contact sheet."""
        return self.path / f"moment-{index}-{row}.png"

    def open(self, note: Callable[[str], None]) -> Checkpoint:
        """Find the checkpoint of an earlier run and tell `note`, or begin anew.

        Raises MediaError when the manifest is damaged, OSError when none can be written.
        """
        checkpoint, table = Checkpoint(), self._read()
        if table and table["key"] == self._key and self._is_complete(table):
            pieces = tuple(Piece(**piece) for piece in table["pieces"])
            checkpoint = Checkpoint(pieces, table["state"])
            note(f"resuming after frame {checkpoint.frames} of an earlier run")
        else:
            if table:
                note(f"discarding {self.path}: that earlier run had another source or settings")
            self.remove()
        self.save(checkpoint)
        return checkpoint

    def save(self, checkpoint: Checkpoint) -> None:
        """Make `checkpoint` the point from which to resume; raises OSError."""
        table = {"key": self._key, **asdict(checkpoint)}
        with whole_file(self._manifest) as fresh:
            fresh.write_text(json.dumps({**table, "sha256": _hash(table)}), encoding="utf-8")
        self.frames = checkpoint.frames

    def remove(self) -> None:
        clear_folder(self.path)

    def _read(self) -> dict[str, Any]:
        """The manifest, which is as `save` wrote it; empty when there is none."""
        try:
            table = json.loads(self._manifest.read_text(encoding="utf-8"))
            if table.pop("sha256") == _hash(table):
                return cast(dict[str, Any], table)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass
        raise MediaError(
            f"the record of an earlier run in {self.path} is damaged: delete that folder "
            "and start again"
        )

    def _is_complete(self, table: dict[str, Any]) -> bool:
        return all(self.segment_path(index).is_file() for index in range(len(table["pieces"])))


def _hash(table: dict[str, Any]) -> str:
    """SHA-256 of a manifest's content, by which any change is noticed."""
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
