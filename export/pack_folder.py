"""The folder of a pack: replaced as a whole, with its people, its files and pack.json."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.onnx_file import sha256_of
from reenact.errors import PackError
from reenact.media.files import translate_os_errors, whole_folder
from reenact.packs.identity_card import FOLDER, IdentityCard
from reenact.packs.manifest import SCHEMA


@contextmanager
def replace_pack(folder: Path) -> Iterator[Path]:
    """A new folder with room for identities, which replaces the pack `folder` when it is whole.

    Raises PackError where something else than a pack lies, which would be lost.
    """
    refuse_to_replace(folder)
    with whole_folder(folder) as fresh:
        (fresh / FOLDER).mkdir()
        yield fresh


def refuse_to_replace(folder: Path) -> None:
    """Raise PackError unless `folder` is a pack, an empty folder or not there at all."""
    with translate_os_errors(folder, raised=PackError):
        is_free = not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))
        is_pack = (folder / "pack.json").is_file()
    if not is_free and not is_pack:
        raise PackError(
            f"{folder} is no pack, and what is in it would be lost: name another folder"
        )


def keep_person(card: IdentityCard, folder: Path, fresh: Path) -> None:
    """Copy a person of the pack `folder`, with the files that the card names, into the new pack."""
    old = folder.resolve()
    for path in (old / FOLDER / f"{card.name}.json", *(file.path for file in card.files)):
        target = fresh / path.relative_to(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def file_entry(path: Path, root: Path) -> dict[str, str]:
    """The entry by which pack.json names a file of the pack at `root`."""
    return {"file": path.relative_to(root).as_posix(), "sha256": sha256_of(path)}


def write_manifest(fresh: Path, **content: Any) -> None:
    """Write the pack.json of the new pack in folder `fresh`."""
    write_json(fresh / "pack.json", {"schema": SCHEMA, **content})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a table as JSON with line breaks, so that people can read it too."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
