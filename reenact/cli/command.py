"""What several verbs of the command share: the parts that options name, and words."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reenact.packs.pack import Pack
    from reenact.reenactor import Reenactor
    from reenact.types import Identity, Image


def chosen_pack(options: argparse.Namespace) -> "Pack":
    """The pack asked for, else the bundled one."""
    from reenact.packs.installed import find_pack
    from reenact.packs.pack import load_pack

    return load_pack(find_pack(options.pack))


def chosen_reenactor(options: argparse.Namespace) -> "Reenactor":
    """The nets of that pack, where they were asked to run."""
    return open_reenactor(chosen_pack(options), options.device)


def open_reenactor(pack: "Pack", device: str) -> "Reenactor":
    """The nets of `pack`, with a note on where they really run."""
    from reenact.graphics_cards import has_nvidia_driver
    from reenact.reenactor import Reenactor

    reenactor = Reenactor(pack, device=device)
    reason = f": {reenactor.reason}" if reenactor.reason and has_nvidia_driver() else ""
    note(f"the nets run on {reenactor.device}{reason}")
    return reenactor


def chosen_identity(options: argparse.Namespace) -> "tuple[Reenactor, Identity]":
    """That pack's reenactor and the identity asked for, else the pack's first."""
    from reenact.identities.identity import load_identity

    reenactor = chosen_reenactor(options)
    names = reenactor.pack.identities
    return reenactor, load_identity(reenactor.pack, options.identity or next(iter(names), ""))


def refuse_to_overwrite(options: argparse.Namespace) -> None:
    """Raises MediaError when the picture asked for is there and not to be overwritten."""
    from reenact.errors import MediaError

    if options.picture and options.picture.exists() and not options.force:
        raise MediaError(f"{options.picture} exists already: name another, or add --force")


def write(path: Path, picture: "Image") -> None:
    """Write a picture and print its path."""
    from reenact.media.pictures import write_picture

    write_picture(path, picture)
    print(path)


def note(text: str) -> None:
    """A sentence on stderr."""
    print(f"reenact: {text}", file=sys.stderr)
