"""Locks of a pack: one process at a time changes its people, makes it anew or removes it.

Lock files stand beside the pack's folder, which is exchanged as a whole. The system frees a lock
when its process ends, however it ends; what such a process left is put right by the next holder.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reenact.errors import PackError
from reenact.media.files import hidden_path, translate_os_errors, unfinished_path

logger = logging.getLogger(__name__)

_SHORT_S = 0.2  # a change takes milliseconds; a wait that takes longer is said


@contextmanager
def hold_pack(folder: Path) -> Iterator[None]:
    """Keep everybody else from changing the pack `folder` for the length of the block.

    The folder need not exist. Waits for whoever holds it, and may be nested. What a killed process
    left half done is put right first. Raises PackError when the lock file cannot be written.
    """
    lock = _open_lock(folder, "lock")
    with translate_os_errors(Path(lock.lock_file), raised=PackError):
        try:
            lock.acquire(timeout=_SHORT_S)
        except Timeout:
            logger.warning("waiting for another command that changes %s", folder.name)
            lock.acquire()
    try:
        _put_right(folder)
        yield
    finally:
        lock.release()


@contextmanager
def claim_pack(folder: Path) -> Iterator[None]:
    """Be the only one who makes the pack `folder` for the length of the block, which may be hours.

    Meanwhile its people may be changed, and the block may be nested. Raises PackError when another
    process makes it.
    """
    lock = _open_lock(folder, "making.lock")
    with translate_os_errors(Path(lock.lock_file), raised=PackError):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise PackError(
                f"pack {folder.name} is being made by another command; wait until that has ended"
            ) from None
    try:
        yield
    finally:
        lock.release()


def exchange_pack(fresh: Path, folder: Path) -> None:
    """Put the finished folder `fresh` in the place of the pack `folder`, held by the caller.

    Whenever this ends, one of the two is there whole, or `recover_pack` brings the old one back.
    """
    try:
        if folder.exists():
            folder.rename(hidden_path(folder, "old"))
        fresh.rename(folder)
    finally:
        _put_right(folder)


def delete_pack(folder: Path) -> None:
    """Delete the pack `folder`, held by the caller; the next holder ends what a kill left."""
    doomed = hidden_path(folder, "removed")
    folder.rename(doomed)  # at once: a half-deleted pack is none
    shutil.rmtree(doomed)


def recover_pack(folder: Path) -> None:
    """Bring the pack `folder` back if a process was killed while it exchanged it.

    Raises PackError when that cannot be written.
    """
    if hidden_path(folder, "old").exists() and not folder.exists():
        with hold_pack(folder):
            logger.info("brought back %s after a command that was stopped", folder.name)


def recover_packs(home: Path) -> None:
    """Do as `recover_pack` does for every pack in the folder `home`, which need not exist."""
    for old in home.glob(".*.old"):
        recover_pack(home / old.name.removeprefix(".").removesuffix(".old"))


def is_half_deleted(folder: Path) -> bool:
    """Whether a process was killed while it deleted the pack `folder`."""
    return hidden_path(folder, "removed").exists()


def has_remains(folder: Path) -> bool:
    """Whether a process that was killed, or one that still runs, has folders beside the pack."""
    purposes = ("old", "removed", "partial")
    return any(hidden_path(folder, purpose).exists() for purpose in purposes)


def _put_right(folder: Path) -> None:
    """Bring back or delete what a killed process left; the caller holds the pack."""
    old = hidden_path(folder, "old")
    if old.exists() and not folder.exists():
        with translate_os_errors(folder, raised=PackError):
            old.rename(folder)
    for path in (old, hidden_path(folder, "removed")):
        _delete(path)
    making = _open_lock(folder, "making.lock")
    if unfinished_path(folder).exists() and not making.is_locked:
        try:
            with making.acquire(blocking=False):
                _delete(unfinished_path(folder))
        except Timeout:
            logger.debug("%s is being made", folder.name)


def _delete(path: Path) -> None:
    """Delete a folder, if it is there, or the link that stood for one."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def _open_lock(folder: Path, purpose: str) -> FileLock:
    """The lock of that purpose; a thread that has it may take it again."""
    return FileLock(hidden_path(folder.resolve(), purpose), is_singleton=True)
