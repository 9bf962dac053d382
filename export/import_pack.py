"""Downloaded weights -> a photo-real pack: opened safely, checked by hash, folded, exported."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any

from safetensors import SafetensorError

from engines.onnx_file import sha256_of
from export.face_nets import face_nets
from export.face_pack import WriteGraph, exact_graph, write_face_pack
from reenact import __version__
from reenact.checkpoints.catalogue import CATALOGUE
from reenact.checkpoints.checkpoint import Checkpoint, open_checkpoint
from reenact.checkpoints.recorded_hashes import check_recorded
from reenact.errors import CheckpointError
from reenact.media.files import translate_os_errors
from reenact.packs.pack import load_pack


@dataclass(slots=True)
class Import:
    """One run. files: in any order. kind: of the one file that leaves it open, if any does.

    record: JSON file with the hashes of earlier imports. accept_new: a file that changed since.
    write: how a graph becomes a file.
    """

    files: Sequence[Path]
    folder: Path
    record: Path
    kind: str | None = None
    accept_new: bool = False
    write: WriteGraph = exact_graph
    notes: list[str] = field(default_factory=list)
    """Sentences worth showing to the user; complete when `steps` has ended."""

    def steps(self) -> Iterator[str]:
        """Do it, saying each step as it begins; the pack is there when the last one has ended.

        Raises CheckpointError for a file that cannot be used, OSError when there is no room;
        then the folder is as it was.
        """
        self._require_room()
        checkpoints = []
        for file in self.files:
            yield f"opening {file.name}"
            checkpoints.append(self._open(file))
        nets, self.notes = face_nets(checkpoints)
        sources = []
        for checkpoint in checkpoints:
            yield f"hashing {checkpoint.path.name}"
            sources.append(self._provenance(checkpoint))
        self._look_at_people(sources)
        provenance = {"sources": sources, "made_with": f"reenact {__version__}"}
        with translate_os_errors(self.folder), _saving(self.folder):
            yield from write_face_pack(nets, self.folder, provenance, write=self.write)

    def _require_room(self) -> None:
        """A pack is about as large as what it is made of."""
        needed = sum(file.stat().st_size for file in self.files if file.is_file())
        free = disk_usage(self.folder.parent).free
        if free < needed:
            raise CheckpointError(
                f"{self.folder} needs about {needed / 1e9:.1f} GB, got {free / 1e9:.1f} GB of free "
                "disk; make room, or set REENACT_PACKS to another disk"
            )

    def _open(self, file: Path) -> Checkpoint:
        try:
            return open_checkpoint(file)
        except CheckpointError:
            if self.kind is None:
                raise
        return open_checkpoint(file, kind=self.kind)

    def _provenance(self, checkpoint: Checkpoint) -> dict[str, Any]:
        kind, path = str(checkpoint.kind), checkpoint.path
        sha256 = sha256_of(path)
        known = [each.sha256 for each in CATALOGUE if each.kind == kind and each.sha256]
        if known and sha256 not in known:
            raise CheckpointError(
                f"{path} must have the published SHA-256 {known[0]}, got {sha256}; "
                "download it again"
            )
        check_recorded(self.record, kind, sha256, accept_new=self.accept_new)
        return {"kind": kind, "sha256": sha256, "bytes": path.stat().st_size}

    def _look_at_people(self, sources: list[dict[str, Any]]) -> None:
        """People stay, and fit the new nets only when those are the old ones."""
        if not (self.folder / "pack.json").exists():
            return
        old = load_pack(self.folder)
        if old.identities and old.provenance.get("sources") != sources:
            self.notes.append(
                f"pack {old.name} was made of other files before, so enrol its people "
                f"({len(old.identities)}) again"
            )


@contextmanager
def _saving(folder: Path) -> Iterator[None]:
    """safetensors tells of a full disk in words only; make it the system's error again."""
    try:
        yield
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(folder)) from error
