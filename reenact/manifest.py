"""Reads pack.json, which may come from anyone: every value is checked before it is used."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from engines.base import TensorSpec
from reenact.errors import PackError

SCHEMA = 1
"""The version of pack.json that this program reads."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DTYPES = {"float32", "float16", "uint8"}
_LARGEST_COUNT = 8192
_KINDS = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}
_GET_AGAIN = "get the pack again"

_T = TypeVar("_T", str, int, dict[str, Any], list[Any])


def read_manifest(root: Path) -> dict[str, Any]:
    """The table in the pack.json of folder `root`. Raises PackError unless it is of `SCHEMA`."""
    try:
        table = json.loads((root / "pack.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PackError(f"no pack at {root}: it has no pack.json; check the path") from error
    except (OSError, ValueError, RecursionError) as error:
        raise PackError(f"{root / 'pack.json'} cannot be read ({error}); {_GET_AGAIN}") from error
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        came = table.get("schema") if isinstance(table, dict) else type(table).__name__
        raise PackError(
            f"{root / 'pack.json'} must be of schema {SCHEMA}, got {came!r}; "
            "use a pack made for this version of reenact"
        )
    return table


def take(table: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    """The value at `key`. Raises PackError when it is missing or not of `kind`."""
    value = table.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        came = "nothing" if value is None else repr(value)[:60]
        raise PackError(f"pack.json: {key} must be {_KINDS[kind]}, got {came}; {_GET_AGAIN}")
    return value


def take_count(table: Mapping[str, Any], key: str) -> int:
    """The positive number at `key`. Raises PackError when it is none, or absurd."""
    value = take(table, key, int)
    if not 1 <= value <= _LARGEST_COUNT:
        raise PackError(
            f"pack.json: {key} must be 1 to {_LARGEST_COUNT}, got {value}; {_GET_AGAIN}"
        )
    return value


def take_name(value: str) -> str:
    """`value` when it is fit for a name, also of a file. Raises PackError otherwise."""
    if not _NAME.fullmatch(value):
        raise PackError(
            f"pack.json: names must be lower-case letters, digits, '-', '_' and '.', got {value!r}"
        )
    return value


def file_in(root: Path, name: str) -> Path:
    """The file `name` means, if it is plainly relative and stays in `root` through every link.

    Raises PackError otherwise; the file need not exist.
    """
    parts = name.split("/")
    plain = not (set(name) & set("\\:\0")) and not any(part in ("", ".", "..") for part in parts)
    path = root.joinpath(*parts) if plain else root
    if not plain or not path.resolve().is_relative_to(root):
        raise PackError(
            f"pack.json: file names must stay inside the pack, got {name!r}; do not use this pack"
        )
    return path


def take_specs(entries: list[Any]) -> tuple[TensorSpec, ...]:
    """The tensors a graph declares. Raises PackError for a malformed one."""
    return tuple(_spec(entry) for entry in entries)


def _spec(entry: Any) -> TensorSpec:
    if not isinstance(entry, dict):
        raise PackError(f"pack.json: a tensor must be an object, got {entry!r}; {_GET_AGAIN}")
    shape, dtype = take(entry, "shape", list), take(entry, "dtype", str)
    if dtype not in _DTYPES or not all(size is None or type(size) is int for size in shape):
        raise PackError(f"pack.json: bad tensor {entry!r}; {_GET_AGAIN}")
    return TensorSpec(take(entry, "name", str), tuple(shape), dtype)
