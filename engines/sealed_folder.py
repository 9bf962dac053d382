"""A private folder whose files are read back only if this user, with this folder's key, wrote them.

It holds files that act like code: TensorRT engines and timing caches. POSIX owners and modes are
checked; on Windows the access list of the profile folder protects the files instead.
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from engines.base import EngineError

Facts: TypeAlias = dict[str, Any]
"""What a sealed file was made for, as JSON values by name."""

_MAGIC = b"sealed-1"
_TAG, _LENGTH = 32, 8
_HEADER = len(_MAGIC) + _TAG + _LENGTH
_SECRET = "secret"
_SECRET_SIZE = 32
_POSIX = hasattr(os, "geteuid")


class SealError(EngineError):
    """A file or the folder cannot be trusted; the message says what is wrong with it."""


class MissingError(SealError):
    """There is no such file."""


class SealedFolder:
    """Writes and reads sealed files in a folder that no other user can enter.

    A file holds: magic, HMAC-SHA256 of all that follows, length of the facts, facts, data. The seal
    covers the file's name too. Its calls raise SealError.
    """

    def __init__(self, path: Path) -> None:
        """Make the folder and its secret, where they do not exist yet."""
        self.path = path.absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_folder(self.path)
            self._secret = _take_secret(self.path / _SECRET)
        except OSError as error:
            raise SealError(f"{self.path} cannot be used ({error.strerror or error})") from error

    def write(self, name: str, facts: Facts, data: bytes) -> None:
        """Write the file `name` whole, or leave the old one."""
        header = json.dumps(facts, sort_keys=True).encode()
        body = len(header).to_bytes(_LENGTH, "big") + header + data
        try:
            _write_private(self.path / name, _MAGIC + self._tag(name, body) + body)
        except OSError as error:
            raise SealError(f"{self.path / name} cannot be written ({error.strerror})") from error

    def read(self, name: str) -> tuple[Facts, bytes]:
        """The facts and the data of the file `name`, as they were written."""
        content = _read_private(self.path / name)
        tag, body = content[len(_MAGIC) : len(_MAGIC) + _TAG], content[len(_MAGIC) + _TAG :]
        if content[: len(_MAGIC)] != _MAGIC or len(content) < _HEADER:
            raise SealError(f"{name} is damaged: it does not begin as our files do")
        if not hmac.compare_digest(tag, self._tag(name, body)):
            raise SealError(f"{name} is damaged, or was not written by this user on this machine")
        start = int.from_bytes(body[:_LENGTH], "big") + _LENGTH
        facts: Facts = json.loads(body[_LENGTH:start])
        return facts, body[start:]

    def _tag(self, name: str, body: bytes) -> bytes:
        seal = hmac.new(self._secret, name.encode() + b"\0", hashlib.sha256)
        seal.update(body)
        return seal.digest()


def describe_differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The facts that differ, with both values, in words; empty when none does."""
    names = sorted(wanted.keys() | found.keys())
    rows = [(name, found.get(name), wanted.get(name)) for name in names]
    return ", ".join(f"{name} {got}, not {want}" for name, got, want in rows if got != want)


def _check_folder(path: Path) -> None:
    """Refuse a folder that others can enter, or could replace by one of theirs."""
    if not _POSIX:
        return
    _check_owner(path, path.lstat(), stat.S_ISDIR, forbidden=0o077)
    for parent in path.resolve().parents:
        facts = parent.stat()
        replaceable = facts.st_mode & stat.S_IWOTH and not facts.st_mode & stat.S_ISVTX
        if replaceable or facts.st_uid not in (0, os.geteuid()):
            raise SealError(
                f"{parent} can be written by others; chmod o-w it or use another folder"
            )


def _take_secret(path: Path) -> bytes:
    try:
        secret = _read_private(path, forbidden=0o077)
    except MissingError:
        _create_once(path, secrets.token_bytes(_SECRET_SIZE))
        secret = _read_private(path, forbidden=0o077)
    if len(secret) != _SECRET_SIZE:
        raise SealError(f"{path} is damaged; delete it, the engines are then built again")
    return secret


def _create_once(path: Path, data: bytes) -> None:
    """Write `path`, unless another process has written it first."""
    fresh = _write_fresh(path, data)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _write_private(path: Path, data: bytes) -> None:
    fresh = _write_fresh(path, data)
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink()
        raise


def _write_fresh(path: Path, data: bytes) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    number = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        fresh.unlink()
        raise
    return fresh


def _read_private(path: Path, *, forbidden: int = 0o022) -> bytes:
    """The bytes of a file that is no link, ours, and has no permission in `forbidden`.

    The open file is checked, not its path, so it cannot be exchanged in between.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        # Without O_NONBLOCK, opening a pipe that was put in its place would block.
        number = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
        try:
            if _POSIX:
                _check_owner(path, os.fstat(number), stat.S_ISREG, forbidden=forbidden)
            with os.fdopen(number, "rb", closefd=False) as stream:
                return stream.read()
        finally:
            os.close(number)
    except FileNotFoundError as error:
        raise MissingError(f"there is no {path.name} yet") from error
    except OSError as error:
        raise SealError(f"{path} cannot be read ({error.strerror})") from error


def _check_owner(path: Path, facts: os.stat_result, kind: Any, *, forbidden: int) -> None:
    if not kind(facts.st_mode):
        raise SealError(f"{path} is a link or no ordinary file; delete it")
    if facts.st_uid != os.geteuid():
        raise SealError(f"{path} belongs to user {facts.st_uid}, not to you; delete it")
    if facts.st_mode & forbidden:
        mode = stat.S_IMODE(facts.st_mode)
        raise SealError(f"{path} is open to others (mode {mode:o}); chmod go-rwx it or delete it")
