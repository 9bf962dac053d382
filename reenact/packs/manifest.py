"""Reads a pack's JSON, which may come from anyone: every value is checked before it is used."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from engines.base import TensorSpec
from reenact.errors import PackError
from reenact.packs.pack_file import PackFile

SCHEMA = 2
"""The version of pack.json that this program reads. From 2 on, identities have files of their own
and the nets of enrolment may be there."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # of Windows, with any suffix
_DTYPES = {"float32", "float16", "uint8"}
_LARGEST_COUNT = 8192
_KINDS = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}

_T = TypeVar("_T", str, int, dict[str, Any], list[Any])


class MalformedError(PackError):
    """A value is not what it must be; the sentence does not say in which file, `naming` does."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file `path` in any MalformedError of the block, which leaves it as a PackError."""
    try:
        yield
    except MalformedError as error:
        raise PackError(f"{path}: {error}; {_advice(path)}") from error


def read_manifest(root: Path) -> dict[str, Any]:
    """The table in the pack.json of folder `root`. Raises PackError unless it is of `SCHEMA`."""
    path = root / "pack.json"
    if not path.is_file():
        raise PackError(f"no pack at {root}: it has no pack.json; check the path")
    table = read_table(path)
    if table.get("schema") != SCHEMA:
        raise PackError(
            f"{path} must be of schema {SCHEMA}, got {table.get('schema')!r}; "
            "use a pack made for this version of reenact"
        )
    return table


def read_table(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises PackError."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PackError(f"{path} cannot be read ({error}); {_advice(path)}") from error
    if not isinstance(table, dict):
        raise PackError(f"{path} must hold an object, got {_words(table)}; {_advice(path)}")
    return table


def take(table: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    """The value at `key`. Raises MalformedError when it is missing or not of `kind`."""
    value = table.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MalformedError(f"{key} must be {_KINDS[kind]}, got {_words(value)}")
    return value


def take_count(table: Mapping[str, Any], key: str) -> int:
    """The positive number at `key`. Raises MalformedError when it is none, or absurd."""
    value = take(table, key, int)
    if not 1 <= value <= _LARGEST_COUNT:
        raise MalformedError(f"{key} must be 1 to {_LARGEST_COUNT}, got {value}")
    return value


def take_name(value: str) -> str:
    """`value` when it is fit for a name, also of a file on any system. Raises MalformedError."""
    if not _NAME.fullmatch(value) or _DEVICES.fullmatch(value):
        raise MalformedError(
            "names must be of lower-case letters, digits, '-', '_' and '.', at most 64, "
            f"got {value!r}"
        )
    return value


def take_file(root: Path, entry: Mapping[str, Any]) -> PackFile:
    """The file that {"file", "sha256"} names in `root`; its content is not looked at.

    Raises MalformedError when it is not there, or not plainly inside.
    """
    path = file_in(root, take(entry, "file", str))
    if not path.is_file():
        raise MalformedError(f"it names {path}, which is not there")
    return PackFile(path, take(entry, "sha256", str))


def file_in(root: Path, name: str) -> Path:
    """The file `name` means, if it is plainly relative and stays in `root` through every link.

    Raises MalformedError otherwise; the file need not exist.
    """
    parts = name.split("/")
    plain = not (set(name) & set("\\:\0")) and not any(part in ("", ".", "..") for part in parts)
    path = root.joinpath(*parts) if plain else root
    if not plain or not path.resolve().is_relative_to(root):
        raise MalformedError(
            f"file names must stay inside the pack, got {name!r}, so do not use this pack"
        )
    return path


def take_specs(entries: list[Any]) -> tuple[TensorSpec, ...]:
    """The tensors a graph declares. Raises MalformedError for a malformed one."""
    return tuple(_spec(entry) for entry in entries)


def _spec(entry: Any) -> TensorSpec:
    if not isinstance(entry, dict):
        raise MalformedError(f"a tensor must be an object, got {_words(entry)}")
    shape, dtype = take(entry, "shape", list), take(entry, "dtype", str)
    if dtype not in _DTYPES or not all(size is None or type(size) is int for size in shape):
        raise MalformedError(f"bad tensor {_words(entry)}")
    return TensorSpec(take(entry, "name", str), tuple(shape), dtype)


def _words(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]


def _advice(path: Path) -> str:
    return "get the pack again" if path.name == "pack.json" else "make that identity again"
