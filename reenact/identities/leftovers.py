"""Leftovers in a pack's folder of people: files that no card names, left by a process that ended.

They may show a face, so nothing but cards and what they name may stay there.
"""

from pathlib import Path

from reenact.packs.identity_card import find_people_folder, read_cards

_PICTURES = {".png", ".jpg", ".jpeg"}


def find_leftovers(root: Path) -> list[Path]:
    """Files in the people's folder of the pack at `root` that are nobody's, pictures first.

    Raises PackError when a card cannot be read, since its files are not known then.
    """
    folder, cards = find_people_folder(root), read_cards(root)
    kept = {file.path for card in cards.values() for file in card.files}
    kept |= {folder / f"{name}.json" for name in cards}
    found = [
        path
        for path in folder.rglob("*")
        if path not in kept and (path.is_symlink() or not path.is_dir())
    ]
    return sorted(found, key=lambda path: (path.suffix not in _PICTURES, path))


def delete_leftovers(root: Path) -> list[Path]:
    """Delete them, and folders without a file; returns them. The caller holds the pack."""
    found = find_leftovers(root)
    for path in found:
        path.unlink()
    for path in sorted(find_people_folder(root).rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    return found


def belongs_to(path: Path, name: str) -> bool:
    """Whether a leftover has the name that files of the person `name` are given."""
    parts = (path.name, path.parent.name)
    return any(part.startswith((f"{name}.", f"{name}~", f".{name}.")) for part in parts)
