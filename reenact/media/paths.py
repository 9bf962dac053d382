"""Paths as people write them: absolute, with `~` for a home, refused where there can be no file."""

import os
import unicodedata
from pathlib import Path

from reenact.errors import MediaError


def absolute_path(text: str | Path) -> Path:
    """The path that a person means, which stays the same if the working folder changes.

    `~/clip.mp4` and `~ada/clip.mp4` are found in those homes, as a shell does. A name that only
    begins with a tilde, such as `~clip.mp4` or `~$clip.mp4`, is a name. Raises MediaError for a
    home or a working folder that is not there.
    """
    if "\0" in str(text):
        raise MediaError(f"{str(text)!r} holds a zero character: give a path without it")
    path = _expand_home(Path(text))
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise MediaError(
            f"the working folder, in which {path} would lie, is gone: change to one that is there, "
            "or give the whole path"
        ) from error


def _expand_home(path: Path) -> Path:
    head, *rest = path.parts or ("",)
    if not head.startswith("~") or (head != "~" and (not rest or os.path.lexists(path))):
        return path
    try:
        return path.expanduser()
    except RuntimeError as error:
        if head != "~":  # no user of that name
            return path
        raise MediaError(
            f"{path} lies in the home folder, which this user lacks: set HOME to a folder, or give "
            "the whole path"
        ) from error


def fold_name(name: str) -> str:
    """One name for all that some disk takes for the same: capitals and spellings of accents."""
    return unicodedata.normalize("NFC", name).casefold()
