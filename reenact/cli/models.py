"""`reenact models ...`: the packs of this machine, checked and removed."""

import argparse
from collections.abc import Iterable

from reenact.cli.command import chosen_pack, note


def print_installed() -> None:
    """Name every pack there is, with its licence and how many people it holds."""
    from reenact.errors import ReenactError
    from reenact.packs.installed import installed_packs
    from reenact.packs.pack import load_pack

    for name, folder in installed_packs().items():
        try:
            pack = load_pack(folder)
        except ReenactError as error:
            print(f"{name}: {error}")
            continue
        people = len(pack.identities)
        print(f"{name}: {pack.size} px, reads {pack.reads}, {people} people, {pack.licence}")
        print(f"  {folder}")


def follow(steps: Iterable[str]) -> None:
    """Run through `steps`, showing the one that is being done."""
    from tqdm import tqdm

    with tqdm(steps, bar_format="{desc} [{n_fmt} done, {elapsed}]") as bar:
        for step in bar:
            bar.set_description(step)


def verify_models(options: argparse.Namespace) -> int:
    """Check every file of a pack against its SHA-256."""
    from tqdm import tqdm

    pack = chosen_pack(options)
    for file in tqdm(pack.files, desc=pack.name, unit="file", leave=False):
        file.verify()
    print(f"{pack.name}: all {len(pack.files)} files are right")
    return 0


def remove_models(options: argparse.Namespace) -> int:
    """Delete an imported pack; with --force, its people too."""
    from reenact.packs.installed import remove_pack

    print(remove_pack(options.pack, force=options.force))
    note("the downloaded files it was made from are still where you put them")
    return 0
