"""The folder of a pack: replaced as a whole, with its people, its files and pack.json."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.onnx_file import sha256_of
from reenact.errors import PackError
from reenact.media.files import translate_os_errors, unfinished_path
from reenact.packs.identity_card import FOLDER, IdentityCard, read_cards
from reenact.packs.manifest import SCHEMA
from reenact.packs.pack_lock import claim_pack, exchange_pack, hold_pack, recover_pack


@contextmanager
def replace_pack(
    folder: Path, stays: Callable[[IdentityCard], bool] = lambda card: True
) -> Iterator[Path]:
    """A new folder with room for identities, which replaces the pack `folder` when it is whole.

    stays: whether a person of the old pack is kept, asked at the exchange: until then people may be
    added and removed. Raises PackError when another process makes the pack, a card is damaged, or
    something else than a pack lies there, which would be lost.
    """
    refuse_to_replace(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with claim_pack(folder), _fresh_folder(folder) as fresh:
        recover_pack(folder)
        read_cards(folder)  # a damaged card is found now, not after the work
        (fresh / FOLDER).mkdir()
        yield fresh
        with hold_pack(folder):
            for card in read_cards(folder).values():
                if stays(card):
                    keep_person(card, folder, fresh)
            exchange_pack(fresh, folder)


@contextmanager
def _fresh_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` for the length of the block; the caller has the claim."""
    fresh = unfinished_path(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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
    """Copy a person of the pack `folder`, with the files that the card names, into the new pack.

    There they are for their owner alone, as `identities.store` writes them.
    """
    old = folder.resolve()
    (fresh / FOLDER).chmod(0o700)
    for path in (*(file.path for file in card.files), old / FOLDER / f"{card.name}.json"):
        target = fresh / path.relative_to(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        target.chmod(0o600)


def file_entry(path: Path, root: Path) -> dict[str, str]:
    """The entry by which pack.json names a file of the pack at `root`."""
    return {"file": path.relative_to(root).as_posix(), "sha256": sha256_of(path)}


def write_manifest(fresh: Path, **content: Any) -> None:
    """Write the pack.json of the new pack in folder `fresh`."""
    write_json(fresh / "pack.json", {"schema": SCHEMA, **content})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a table as JSON with line breaks, so that people can read it too."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
