"""An identity's card, identities/NAME.json: a person's description and files, read without nets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reenact.errors import PackError
from reenact.media.files import translate_os_errors
from reenact.packs.manifest import (
    MalformedError,
    PackFile,
    blame,
    find_file,
    read_file,
    read_json,
    read_name,
    read_object,
    read_text,
)

FOLDER = "identities"
"""Folder of a pack's people. A card is written last and removed first, so that files which no card
names are leftovers."""


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """A person of a pack."""

    name: str
    """Name of the person, and of the card's file."""
    description: str
    """A sentence about the person for people to read."""
    latent: PackFile
    """Safetensors with `latent` (rows, width) and perhaps `inversion`, of the same shape."""
    picture: PackFile | None
    """A picture of the enrolment for people to look at, where there is one."""
    made: Mapping[str, Any]
    """JSON facts of how the person was made: {"how": "photographs", "photographs": 3}."""

    @property
    def files(self) -> tuple[PackFile, ...]:
        """Every file that the card names."""
        return (self.latent,) if self.picture is None else (self.latent, self.picture)


def find_people_folder(root: Path) -> Path:
    """The folder of the people of the pack at `root`, which need not exist.

    Raises PackError for a link: what it leads to is nobody's to read or change through this pack.
    """
    folder = root.resolve() / FOLDER
    if folder.resolve() != folder:
        raise PackError(
            f"{folder} must be a folder of the pack itself, got a link, so do not use this pack"
        )
    return folder


def read_cards(root: Path) -> Mapping[str, IdentityCard]:
    """Everyone in the pack at `root`, by name, sorted.

    Raises PackError when a card is unreadable, or names files that are missing or outside.
    """
    folder = find_people_folder(root)
    with translate_os_errors(folder, "cannot be read", "check who may enter it", raised=PackError):
        paths = sorted(folder.iterdir(), key=lambda path: path.stem) if folder.exists() else []
    cards = [path for path in paths if path.suffix == ".json" and not path.name.startswith(".")]
    return MappingProxyType({path.stem: _read_card(path) for path in cards})


def _read_card(path: Path) -> IdentityCard:
    with blame(path):
        find_file(path.parent, path.name)
    table = read_json(path)
    with blame(path):
        name = read_name(table)
        if name != path.stem:
            raise MalformedError(f"its name must be {path.stem!r} like the file's, got {name!r}")
        latent = read_file(path.parent, read_object(table, "latent"))
        picture = None
        if table.get("picture") is not None:
            picture = read_file(path.parent, read_object(table, "picture"))
        description, made = read_text(table, "description"), read_object(table, "made")
    return IdentityCard(name, description, latent, picture, MappingProxyType(made))
