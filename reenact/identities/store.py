"""Adds, removes and renames the people of a pack on disk; no step leaves half a person."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from engines.onnx_file import sha256_of
from reenact.errors import IdentityError
from reenact.identities.identity import find_card
from reenact.media.files import translate_os_errors
from reenact.media.pictures import write_picture
from reenact.packs.identity_card import FOLDER, read_cards
from reenact.packs.manifest import MalformedError, check_name
from reenact.packs.pack import Pack
from reenact.types import Identity, Image


def check_new_name(pack: Pack, name: str, *, force: bool = False) -> None:
    """Raise IdentityError for a name that cannot be one or, unless `force`, is taken."""
    try:
        check_name(name)
    except MalformedError as error:
        raise IdentityError(f"{error}; choose another name") from error
    if name in read_cards(pack.path) and not force:
        raise IdentityError(
            f"pack {pack.name} has a {name!r} already; choose another name, or add --force"
        )


def add_identity(
    pack: Pack,
    identity: Identity,
    *,
    description: str,
    made: Mapping[str, Any],
    picture: Image | None = None,
    force: bool = False,
) -> None:
    """Write a person into the folder of `pack`; with `force`, in place of one of that name.

    made: JSON-able facts. Raises IdentityError for a name that is taken or cannot be one,
    MediaError when it cannot be written, after which everything is as before.
    """
    check_new_name(pack, identity.name, force=force)
    with _make_scratch(pack, identity.name) as scratch:
        files = {"latent": scratch / "codes.safetensors"}
        codes = {"latent": identity.latent, "inversion": identity.inversion}
        save_file({key: np.ascontiguousarray(code) for key, code in codes.items()}, files["latent"])
        if picture is not None:
            files["picture"] = scratch / "picture.png"
            write_picture(files["picture"], picture)
        _commit(pack, identity.name, files, {"description": description, "made": {**made}})


def rename_identity(pack: Pack, name: str, new: str) -> None:
    """Give a person the name `new`. Raises IdentityError when it is taken, or `name` unknown."""
    card = find_card(pack, name)
    check_new_name(pack, new)
    with _make_scratch(pack, new) as scratch:
        files = {}
        for kind, file in zip(("latent", "picture"), card.files, strict=False):
            file.verify()
            files[kind] = scratch / f"{kind}{file.path.suffix}"
            shutil.copyfile(file.path, files[kind])
        _commit(pack, new, files, {"description": card.description, "made": {**card.made}})
    remove_identity(pack, name)


def remove_identity(pack: Pack, name: str) -> None:
    """Delete a person and their files. Raises IdentityError when there is no such person."""
    card = find_card(pack, name)
    with translate_os_errors(pack.path / FOLDER):
        (pack.path / FOLDER / f"{name}.json").unlink()
        _delete_unnamed(pack, [file.path for file in card.files])


@contextmanager
def _make_scratch(pack: Pack, name: str) -> Iterator[Path]:
    """A folder on the pack's disk for the length of the block; errors of the disk as MediaError."""
    folder = pack.path / FOLDER
    with translate_os_errors(folder):
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=folder) as scratch:
            yield Path(scratch)


def _commit(pack: Pack, name: str, files: Mapping[str, Path], facts: Mapping[str, Any]) -> None:
    """Move `files`, by their key in the card, into place and then the card that names them.

    Until the card is in place, a person of that name stays as they were, whatever happens.
    """
    folder = pack.path / FOLDER
    old = read_cards(pack.path).get(name)
    in_use = [] if old is None else [file.path for file in old.files]
    targets = {
        key: _choose_free_path(folder / f"{name}{file.suffix}", in_use)
        for key, file in files.items()
    }
    named = {
        key: {"file": targets[key].name, "sha256": sha256_of(file)} for key, file in files.items()
    }
    card = files["latent"].with_name("card.json")
    text = json.dumps({"name": name, **facts, **named}, indent=1) + "\n"
    card.write_text(text, encoding="utf-8")
    try:
        for key, file in files.items():
            file.replace(targets[key])
        card.replace(folder / f"{name}.json")
    finally:
        _delete_unnamed(pack, [*in_use, *targets.values()])


def _choose_free_path(path: Path, in_use: Iterable[Path]) -> Path:
    """`path`, or one beside it that no person can have, since names hold no '~'."""
    return path.with_stem(f"{path.stem}~") if path in in_use else path


def _delete_unnamed(pack: Pack, paths: Iterable[Path]) -> None:
    """Delete those files that no card names."""
    named = {file.path for card in read_cards(pack.path).values() for file in card.files}
    for path in paths:
        if path not in named:
            path.unlink(missing_ok=True)
