"""Adds, removes and renames the people of a pack on disk; no step leaves half a person.

Every change holds the pack, and begins and ends by deleting what belongs to nobody. Folder and
files are for their owner alone, because they show faces.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from engines.onnx_file import sha256_of
from reenact.errors import IdentityError, PackError
from reenact.identities.identity import find_card
from reenact.identities.leftovers import belongs_to, delete_leftovers
from reenact.media.files import translate_os_errors
from reenact.media.pictures import write_picture
from reenact.packs.identity_card import FOLDER, find_people_folder, read_cards
from reenact.packs.manifest import MalformedError, check_name
from reenact.packs.pack import Pack, load_pack
from reenact.packs.pack_lock import hold_pack
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

    made: JSON-able facts. Raises IdentityError for a name that is taken or cannot be one, PackError
    when the pack was made anew since it was loaded, MediaError when the person cannot be written;
    after each of them everything is as before.
    """
    with _change_people(pack):
        check_new_name(pack, identity.name, force=force)
        _check_same_nets(pack)
        with _make_scratch(pack, identity.name) as scratch:
            files = {"latent": scratch / "codes.safetensors"}
            codes = {"latent": identity.latent, "inversion": identity.inversion}
            contiguous = {key: np.ascontiguousarray(code) for key, code in codes.items()}
            save_file(contiguous, files["latent"])
            if picture is not None:
                files["picture"] = scratch / "picture.png"
                write_picture(files["picture"], picture)
            _commit(pack, identity.name, files, {"description": description, "made": {**made}})


def rename_identity(pack: Pack, name: str, new: str) -> None:
    """Give a person the name `new`. Raises IdentityError when it is taken, or `name` unknown."""
    with _change_people(pack):
        present = load_pack(pack.path)
        card = find_card(present, name)
        check_new_name(present, new)
        with _make_scratch(pack, new) as scratch:
            files = {}
            for kind, file in zip(("latent", "picture"), card.files, strict=False):
                file.verify()
                files[kind] = scratch / f"{kind}{file.path.suffix}"
                shutil.copyfile(file.path, files[kind])
            _commit(pack, new, files, {"description": card.description, "made": {**card.made}})
        (pack.path / FOLDER / f"{name}.json").unlink()


def remove_identity(pack: Pack, name: str) -> None:
    """Delete a person and their files, or what a removal that was stopped left of them.

    Raises IdentityError when there is no such person.
    """
    with _change_people(pack) as deleted:
        if name not in read_cards(pack.path) and any(belongs_to(path, name) for path in deleted):
            return
        find_card(load_pack(pack.path), name)
        (pack.path / FOLDER / f"{name}.json").unlink()  # from here on the files are nobody's


@contextmanager
def _change_people(pack: Pack) -> Iterator[list[Path]]:
    """Hold the pack, and delete what is nobody's before and after; gives what was deleted before.

    Errors of the disk become MediaError.
    """
    with translate_os_errors(pack.path / FOLDER), hold_pack(pack.path):
        deleted = delete_leftovers(pack.path)
        try:
            yield deleted
        finally:
            delete_leftovers(pack.path)


def _check_same_nets(pack: Pack) -> None:
    """Raise PackError if the pack on disk has other nets than `pack`, which made the codes."""
    present = load_pack(pack.path)
    if (present.graphs, present.enrolment) != (pack.graphs, pack.enrolment):
        raise PackError(
            f"pack {pack.name} was made anew in the meantime, and its nets do not know this "
            "person's codes; make the person again"
        )


@contextmanager
def _make_scratch(pack: Pack, name: str) -> Iterator[Path]:
    """A folder on the pack's disk for the length of the block."""
    folder = find_people_folder(pack.path)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=folder) as scratch:
        yield Path(scratch)


def _commit(pack: Pack, name: str, files: Mapping[str, Path], facts: Mapping[str, Any]) -> None:
    """Move `files`, by their key in the card, into place and then the card that names them.

    Until the card is in place, a person of that name stays as they were, whatever happens.
    """
    folder = pack.path / FOLDER
    in_use = {file.path for card in read_cards(pack.path).values() for file in card.files}
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
    for path in (card, *files.values()):
        path.chmod(0o600)
    for key, file in files.items():
        file.replace(targets[key])
    card.replace(folder / f"{name}.json")


def _choose_free_path(path: Path, in_use: set[Path]) -> Path:
    """`path`, or one beside it that no person can have, since names hold no '~'."""
    while path in in_use:
        path = path.with_stem(f"{path.stem}~")
    return path
