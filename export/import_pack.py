"""Imports downloaded weights as a photo-real pack: opened safely, checked by hash, exported."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any

from safetensors import SafetensorError

from engines.onnx_file import sha256_of
from export.face_nets import build_face_nets
from export.face_pack import WriteGraph, write_exact_graph, write_face_pack
from reenact import __version__
from reenact.checkpoints.catalogue import CATALOGUE
from reenact.checkpoints.checkpoint import Checkpoint, open_checkpoint
from reenact.checkpoints.recorded_hashes import check_recorded, record_hashes
from reenact.errors import CheckpointError
from reenact.media.files import translate_os_errors
from reenact.packs.pack import load_pack
from reenact.packs.pack_lock import claim_pack


@dataclass(slots=True)
class Import:
    """One import of weights; `steps` runs it."""

    files: Sequence[Path]
    """The files of weights, in any order."""
    folder: Path
    """The folder of the pack."""
    record: Path
    """A JSON file with the hashes of earlier imports."""
    kind: str | None = None
    """The kind of checkpoint of the one file that does not say it itself, if there is one."""
    accept_new: bool = False
    """Whether a file may have changed since an earlier import."""
    write: WriteGraph = write_exact_graph
    """Writes a graph as a file."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user; complete when `steps` has ended."""

    def steps(self) -> Iterator[str]:
        """Run the import and yield each step as it begins; the pack is there after the last one.

        Raises CheckpointError for a file that cannot be used, OSError when there is no room; then
        the folder is as it was.
        """
        with claim_pack(self.folder):
            yield from self._run()

    def _run(self) -> Iterator[str]:
        self._require_room()
        checkpoints = []
        for file in self.files:
            yield f"opening {file.name}"
            checkpoints.append(self._open(file))
        nets, self.notes = build_face_nets(checkpoints)
        sources = []
        for checkpoint in checkpoints:
            yield f"hashing {checkpoint.path.name}"
            sources.append(self._provenance(checkpoint))
        before = load_pack(self.folder).provenance if self._has_pack() else None
        provenance = {"sources": sources, "made_with": f"reenact {__version__}"}
        with translate_os_errors(self.folder), _raise_os_errors(self.folder):
            yield from write_face_pack(nets, self.folder, provenance, write=self.write)
        record_hashes(self.record, {source["kind"]: source["sha256"] for source in sources})
        self._check_people(before, sources)

    def _require_room(self) -> None:
        """Refuse to begin when the disk is too full: a pack is about as large as its weights."""
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

    def _has_pack(self) -> bool:
        return (self.folder / "pack.json").exists()

    def _check_people(
        self, before: Mapping[str, Any] | None, sources: list[dict[str, Any]]
    ) -> None:
        """Add a note when the pack's people, who stayed, were made with other nets.

        before: the provenance of the pack that was replaced, if there was one.
        """
        people = load_pack(self.folder).identities
        if before is not None and people and before.get("sources") != sources:
            self.notes.append(
                f"pack {self.folder.name} was made of other files before, so enrol its people "
                f"({len(people)}) again"
            )


@contextmanager
def _raise_os_errors(folder: Path) -> Iterator[None]:
    """Raise OSError for a full disk, which safetensors reports in the text of its own error."""
    try:
        yield
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(folder)) from error
