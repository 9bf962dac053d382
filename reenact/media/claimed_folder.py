"""Claimed folders: private, hidden, beside what is made in them, and one process' at a time."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from reenact.errors import MediaError
from reenact.media.files import hidden_path, translate_os_errors


@contextmanager
def claim_folder(target: Path, purpose: str = "partial") -> Iterator[Path]:
    """The folder in which `target` is made, for this process alone while the block runs.

    It has a hidden name beside `target`, and is made if it is not there. What the block leaves in
    it stays for the next who claims it; an empty one is removed. The system frees it when a process
    ends, however it ends.

    Raises MediaError, before anything is written, when another process has it, and when what is
    there is not a folder that this user made and nobody else may enter.
    """
    folder = hidden_path(target, purpose)
    with _hold(target, purpose):
        with translate_os_errors(target):
            _make(folder)
        try:
            yield folder
        finally:
            with suppress(OSError):  # of one that is not empty
                folder.rmdir()


def clear_folder(folder: Path) -> None:
    """Delete all that is in a claimed folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder that becomes `path` when the block ends, deleted if it fails.

    A folder that is there already keeps its other files; those of the same name are replaced.
    Raises MediaError when another process makes the same one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with claim_folder(path) as claimed:
        clear_folder(claimed)
        fresh = claimed / "whole"
        try:
            fresh.mkdir()
            yield fresh
            if path.exists():
                for entry in fresh.iterdir():
                    entry.replace(path / entry.name)
            else:
                fresh.rename(path)
        finally:
            clear_folder(claimed)


@contextmanager
def _hold(target: Path, purpose: str) -> Iterator[None]:
    """A lock file beside `target`, there only while it is held or after a kill."""
    lock = FileLock(hidden_path(target, f"{purpose}.lock"), mode=0o600)
    with translate_os_errors(target):
        target.parent.stat()  # the lock would make a folder that is missing
        try:
            lock.acquire(blocking=False)
        except Timeout:
            with tempfile.TemporaryDirectory(prefix=".", dir=target.parent):
                pass  # raises where nobody can write, which the lock takes for another holder
            raise MediaError(
                f"another process is writing {target}: wait until it has ended, or choose another "
                "target"
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # where an open file cannot be deleted, the lock does it itself
            Path(lock.lock_file).unlink()
        lock.release()


def _make(folder: Path) -> None:
    """Make a private folder, or raise MediaError when what is there is not one of this user's."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        problem = _find_problem(folder)
        if problem:
            raise MediaError(
                f"{folder} {problem}, and unfinished work is kept in a private folder only: delete "
                "it, or choose another target"
            ) from None


def _find_problem(folder: Path) -> str:
    """What tells a folder from one that this user makes now; on a disk without modes, nothing."""
    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as name:
        found, own = folder.lstat(), os.lstat(name)
    if stat.S_ISLNK(found.st_mode):
        return "is a link"
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder"
    if found.st_uid != own.st_uid:
        return "belongs to another user"
    is_open = stat.S_IMODE(found.st_mode) & 0o077 & ~stat.S_IMODE(own.st_mode)
    return "may be entered by other users" if is_open else ""
