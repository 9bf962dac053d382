"""The finished segments of a conversion on disk, from which a killed conversion resumes."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from reenact.errors import MediaError
from reenact.media.files import unfinished_path, whole_file


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
    """The hidden folder beside a target. Only its manifest says what in it is finished."""

    def __init__(self, target: Path, key: Mapping[str, Any]) -> None:
        """key: JSON values for all that the result depends on; no other key's work is reused."""
        self.path = unfinished_path(target)
        self.joined = self.path / f"joined{target.suffix}"
        self._manifest = self.path / "manifest.json"
        self._key = json.loads(json.dumps(key))
        self.frames = 0  # of the last checkpoint

    def segment_path(self, index: int) -> Path:
        return self.path / f"segment-{index:05d}.mp4"

    def moment_path(self, index: int, row: str) -> Path:
        """Path of a picture for the contact sheet."""
        return self.path / f"moment-{index}-{row}.png"

    def open(self, note: Callable[[str], None]) -> Checkpoint:
        """Make the folder, or find the checkpoint of an earlier run and tell `note`.

        Raises MediaError when another process works in it, OSError when it cannot be made.
        """
        table = self._read()
        self._refuse_busy(table)
        checkpoint = Checkpoint()
        if table.get("key") == self._key and self._is_complete(table):
            pieces = tuple(Piece(**piece) for piece in table["pieces"])
            checkpoint = Checkpoint(pieces, table["state"])
            note(f"resuming after frame {checkpoint.frames} of an earlier run")
        elif self.path.exists():
            note(f"discarding {self.path}: that earlier run had another source or settings")
            self.remove()
        self.path.mkdir(exist_ok=True)
        try:
            self.save(checkpoint)
        except OSError:
            if not checkpoint.frames:
                self.remove()
            raise
        return checkpoint

    def save(self, checkpoint: Checkpoint) -> None:
        """Make `checkpoint` the point from which to resume; raises OSError."""
        table = {"key": self._key, "process": _process(), **asdict(checkpoint)}
        with whole_file(self._manifest) as fresh:
            fresh.write_text(json.dumps(table), encoding="utf-8")
        self.frames = checkpoint.frames

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        try:
            table = json.loads(self._manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return table if isinstance(table, dict) else {}

    def _is_complete(self, table: dict[str, Any]) -> bool:
        return all(self.segment_path(index).is_file() for index in range(len(table["pieces"])))

    def _refuse_busy(self, table: dict[str, Any]) -> None:
        owner = table.get("process")
        if not isinstance(owner, list) or owner == _process():
            return
        if owner == _process(int(owner[0])):
            raise MediaError(
                f"process {owner[0]} is writing to the same target: wait for it, or choose another"
            )


def _process(number: int | None = None) -> list[float] | None:
    """Number and start time of a running process, which together identify it."""
    try:
        process = psutil.Process(number)
        return [process.pid, process.create_time()]
    except psutil.Error:
        return None
