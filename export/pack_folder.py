"""Writes a pack beside the one that it replaces, so that there is always a whole one."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.onnx_file import sha256_of
from reenact.packs.identity_card import FOLDER, IdentityCard
from reenact.packs.manifest import SCHEMA


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder, with room for identities, that takes the place of `folder` at the end.

    When the block fails, the new folder goes and the old one stays as it was.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        (fresh / FOLDER).mkdir(parents=True)
        yield fresh
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def keep_person(card: IdentityCard, folder: Path, fresh: Path) -> None:
    """Copy a person of the pack `folder`, with all that the card names, into the new one."""
    old = folder.resolve()
    for path in (old / FOLDER / f"{card.name}.json", *(file.path for file in card.files)):
        target = fresh / path.relative_to(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def file_entry(path: Path, root: Path) -> dict[str, str]:
    """How pack.json names a file of the pack at `root`."""
    return {"file": path.relative_to(root).as_posix(), "sha256": sha256_of(path)}


def write_manifest(fresh: Path, **content: Any) -> None:
    """Write the new pack's pack.json."""
    write_json(fresh / "pack.json", {"schema": SCHEMA, **content})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a table that people may read too."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
