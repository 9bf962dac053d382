"""Files and folders that are written whole or not at all, and disk failures in a user's words."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reenact.errors import DiskFullError, MediaError, ReenactError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def unfinished_path(path: Path) -> Path:
    """The hidden name beside `path` under which it is written until it is whole."""
    return hidden_path(path, "partial")


def hidden_path(path: Path, purpose: str) -> Path:
    """A hidden name beside `path`: always the same, and possible wherever its own name is.

    Where `.NAME.purpose` is too long for the disk, it is a hash, no longer than the name.
    """
    hidden = path.with_name(f".{path.name}.{purpose}")
    try:
        hidden.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            code = hashlib.sha256(os.fsencode(hidden.name)).hexdigest()
            return path.with_name(f".{code}"[: max(len(os.fsencode(path.name)), 2)])
    return hidden


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: renamed to `path` when the block ends, deleted if it fails.

    Until then whatever is at `path` stays as it was.
    """
    fresh = unfinished_path(path)
    try:
        yield fresh
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder beside `path` that becomes `path` when the block ends, deleted if it fails.

    A folder that is there already keeps its other files; those of the same name are replaced.
    """
    fresh = unfinished_path(path)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if path.exists():
            for entry in fresh.iterdir():
                entry.replace(path / entry.name)
        else:
            fresh.rename(path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def translate_os_errors(
    path: Path,
    problem: str = "cannot be written",
    advice: str = "choose a folder you may write to",
    *,
    caught: type[Exception] | tuple[type[Exception], ...] = OSError,
    raised: type[ReenactError] = MediaError,
) -> Iterator[None]:
    """Raise what the block raises as `raised`: "`path` `problem` (the reason): `advice`".

    caught: further classes for libraries with errors of their own. A full disk is always a
    DiskFullError.
    """
    try:
        yield
    except BrokenPipeError:  # of the terminal, which a progress bar writes to: no fault of a disk
        raise
    except caught as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if getattr(error, "errno", None) in _FULL:
            raise DiskFullError(
                f"{path} does not fit on its disk ({reason}): free some space and start again"
            ) from error
        raise raised(f"{path} {problem} ({reason}): {advice}") from error
