"""The packs on this machine: a list of them, and the one that a word on the command line means."""

import os
from pathlib import Path

import platformdirs

from reenact.errors import PackError
from reenact.media.files import translate_os_errors
from reenact.media.paths import absolute_path
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.identity_card import read_cards
from reenact.packs.pack_lock import delete_pack, hold_pack, is_half_deleted, recover_packs

_SEPARATORS = frozenset(filter(None, (os.sep, os.altsep)))


def packs_home() -> Path:
    """The folder of this user's packs, which need not exist; REENACT_PACKS names another.

    Raises PackError when there is no such variable and the user has no home.
    """
    chosen = os.environ.get("REENACT_PACKS")
    if chosen:
        return absolute_path(chosen)
    try:
        return platformdirs.user_data_path("reenact", appauthor=False).absolute() / "packs"
    except RuntimeError as error:
        raise PackError(
            "packs are kept in the home folder, which this user lacks: set HOME or REENACT_PACKS "
            "to a folder"
        ) from error


def list_packs() -> dict[str, Path]:
    """Folder by name of the bundled packs and of this user's, sorted; the user's come first."""
    recover_packs(packs_home())
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
    is_word = isinstance(wanted, str) and not _SEPARATORS & set(wanted)
    installed = list_packs() if is_word else {}
    if is_word and wanted in installed:
        return installed[str(wanted)]
    folder = absolute_path(wanted)
    with translate_os_errors(folder, "cannot be opened", "check the path", raised=PackError):
        is_folder = folder.is_dir()
    if not is_folder:
        names = f"a folder, or one of {', '.join(installed)}" if is_word else "a folder that exists"
        raise PackError(f"there is no pack {str(wanted)!r}: give {names}")
    return folder


def remove_pack(name: str, *, force: bool = False) -> Path:
    """Delete this user's pack of that name, and return where it was.

    Raises PackError when there is none, or when it holds people, who would go with it, unless
    `force`.
    """
    folder = packs_home() / name
    if Path(name).name == name and is_half_deleted(folder):
        with hold_pack(folder):  # which ends the removal that was stopped
            if not folder.exists():
                return folder
    if name not in list_packs() or not (folder / "pack.json").is_file():
        own = sorted(path.parent.name for path in packs_home().glob("[!.]*/pack.json"))
        raise PackError(
            f"there is no imported pack {name!r}: give one of {', '.join(own) or 'none'}"
        )
    with hold_pack(folder):
        people = len(read_cards(folder))
        if people and not force:
            raise PackError(
                f"pack {name} holds {people} people who would be deleted with it; add --force if "
                "that is meant"
            )
        delete_pack(folder)
    return folder
