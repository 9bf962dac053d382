"""The packs on this machine: a list of them, and the one that a word on the command line means."""

import os
import shutil
from pathlib import Path

import platformdirs

from reenact.errors import PackError
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.identity_card import read_cards


def packs_home() -> Path:
    """The folder of this user's packs, which need not exist; REENACT_PACKS names another."""
    chosen = os.environ.get("REENACT_PACKS")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_data_path("reenact", appauthor=False) / "packs"


def list_packs() -> dict[str, Path]:
    """Folder by name of the bundled packs and of this user's, sorted; the user's come first."""
    found = {
        path.parent.name: path.parent
        for home in (DEFAULT_PACK.parent, packs_home())
        for path in home.glob("[!.]*/pack.json")
    }
    return dict(sorted(found.items()))


def find_pack(wanted: str | Path | None) -> Path:
    """The folder that `wanted` means: an installed pack's name or a folder; bundled when None.

    A word that looks like a path, with a slash in it, is never taken as a name. Raises PackError
    when there is neither.
    """
    if wanted is None:
        return DEFAULT_PACK
    installed = list_packs()
    if isinstance(wanted, str) and wanted in installed:
        return installed[wanted]
    folder = Path(wanted).expanduser().absolute()
    if not folder.is_dir():
        raise PackError(
            f"there is no pack {str(wanted)!r}: give a folder, or one of {', '.join(installed)}"
        )
    return folder


def remove_pack(name: str, *, force: bool = False) -> Path:
    """Delete this user's pack of that name, and return where it was.

    Raises PackError when there is none, or when it holds people, who would go with it, unless
    `force`.
    """
    folder = packs_home() / name
    if name not in list_packs() or not (folder / "pack.json").is_file():
        own = sorted(path.parent.name for path in packs_home().glob("[!.]*/pack.json"))
        raise PackError(
            f"there is no imported pack {name!r}: give one of {', '.join(own) or 'none'}"
        )
    people = len(read_cards(folder))
    if people and not force:
        raise PackError(
            f"pack {name} holds {people} people who would be deleted with it; add --force if that "
            "is meant"
        )
    doomed = folder.with_name(f".{name}.removed")
    folder.rename(doomed)  # at once: a half-deleted pack is none
    shutil.rmtree(doomed)
    return folder
