"""An identity's card: identities/NAME.json, what a pack knows of a person without any net."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reenact.packs.manifest import MalformedError, naming, read_table, take, take_file, take_name
from reenact.packs.pack_file import PackFile

FOLDER = "identities"
"""Where a pack keeps its people. A card is written last and removed first: files without a card
are nobody."""


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """A person of a pack.

    latent: safetensors with `latent` (rows, width) and perhaps `inversion`. picture: to look at.
    made: how the person came to be, such as {"how": "photographs", "photographs": 3}.
    """

    name: str
    description: str
    latent: PackFile
    picture: PackFile | None
    made: Mapping[str, Any]

    @property
    def files(self) -> tuple[PackFile, ...]:
        """All that the card names."""
        return (self.latent,) if self.picture is None else (self.latent, self.picture)


def read_cards(root: Path) -> Mapping[str, IdentityCard]:
    """Everyone in the pack at `root`, by name, sorted.

    Raises PackError when a card is unreadable, or names files that are missing or outside.
    """
    folder = root.resolve() / FOLDER
    paths = sorted(folder.glob("[!.]*.json"), key=lambda path: path.stem)
    return MappingProxyType({path.stem: _read_card(path) for path in paths})


def _read_card(path: Path) -> IdentityCard:
    table = read_table(path)
    with naming(path):
        name = take_name(take(table, "name", str))
        if name != path.stem:
            raise MalformedError(f"its name must be {path.stem!r} like the file's, got {name!r}")
        latent = take_file(path.parent, take(table, "latent", dict))
        picture = None
        if table.get("picture") is not None:
            picture = take_file(path.parent, take(table, "picture", dict))
        about, made = take(table, "description", str), take(table, "made", dict)
    return IdentityCard(name, about, latent, picture, MappingProxyType(made))
