"""Reader of a pack's JSON, which may come from anyone: every value is checked before it is used."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from engines.base import TensorSpec
from engines.onnx_file import sha256_of
from reenact.errors import PackError
from reenact.media.files import translate_os_errors
from reenact.printable import printable

SCHEMA = 2
"""Version of pack.json that this program reads: since 2, identities have files of their own and
the nets of enrolment may be there."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # of Windows, with any suffix
_DTYPES = {"float32", "float16", "uint8"}
_LARGEST_COUNT = 8192  # eight times the largest picture of a published generator: a typing error
_PACK_AGAIN = "get the pack again"
_KINDS = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}

_T = TypeVar("_T", str, int, dict[str, Any], list[Any])


class MalformedError(PackError):
    """A value is not what it must be; the sentence leaves out the file, which `blame` adds."""


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file that is there and lies inside its pack."""

    path: Path
    """Its place, absolute."""
    sha256: str
    """The hash that its content must have, in lower-case hexadecimal."""

    def verify(self) -> None:
        """Read the whole file. Raises PackError unless it has its hash."""
        with translate_os_errors(self.path, "cannot be read", _PACK_AGAIN, raised=PackError):
            self._compare(sha256_of(self.path))

    def read(self, most: int) -> bytes:
        """The content. Raises PackError unless it has its hash and at most `most` bytes."""
        with (
            translate_os_errors(self.path, "cannot be read", _PACK_AGAIN, raised=PackError),
            self.path.open("rb") as stream,
        ):
            content = stream.read(most + 1)
        if len(content) > most:
            raise PackError(f"{self.path} must have at most {most} bytes, got more; {_PACK_AGAIN}")
        self._compare(hashlib.sha256(content).hexdigest())
        return content

    def _compare(self, found: str) -> None:
        if found != self.sha256:
            raise PackError(
                f"{self.path} is damaged: expected SHA-256 {self.sha256[:12]}..., "
                f"got {found[:12]}...; {_PACK_AGAIN}"
            )


@contextmanager
def blame(path: Path) -> Iterator[None]:
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
    table = read_json(path)
    if table.get("schema") != SCHEMA:
        raise PackError(
            f"{path} must be of schema {SCHEMA}, got {table.get('schema')!r}; "
            "use a pack made for this version of reenact"
        )
    return table


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises PackError."""
    with translate_os_errors(
        path, "cannot be read", _advice(path), raised=PackError,
        caught=(OSError, ValueError, RecursionError),
    ):  # fmt: skip
        table = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(table, ensure_ascii=False).encode()  # fails where half a character is escaped
    if not isinstance(table, dict):
        raise PackError(f"{path} must hold an object, got {_words(table)}; {_advice(path)}")
    return table


def read_text(table: Mapping[str, Any], key: str) -> str:
    """The text at `key`, as one line to show. Raises MalformedError when there is none."""
    return printable(_read(table, key, str))


def read_texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts in the list at `key`, each as one line to show. Raises MalformedError."""
    texts = _read(table, key, list)
    if not all(isinstance(text, str) for text in texts):
        raise MalformedError(f"{key} must be a list of texts, got {_words(texts)}")
    return tuple(printable(text) for text in texts)


def read_object(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The table at `key`. Raises MalformedError when there is none."""
    return _read(table, key, dict)


def read_count(table: Mapping[str, Any], key: str) -> int:
    """The positive number at `key`. Raises MalformedError when it is none, or absurd."""
    value = _read(table, key, int)
    if not 1 <= value <= _LARGEST_COUNT:
        raise MalformedError(f"{key} must be 1 to {_LARGEST_COUNT}, got {value}")
    return value


def read_name(table: Mapping[str, Any]) -> str:
    """The text at "name". Raises MalformedError unless `check_name` passes it."""
    name = read_text(table, "name")
    check_name(name)
    return name


def check_name(name: str) -> None:
    """Raise MalformedError unless `name` can be a file's name on any system."""
    if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
        raise MalformedError(
            "names must be of lower-case letters, digits, '-', '_' and '.', at most 64, "
            f"got {name!r}"
        )


def read_file(root: Path, entry: Mapping[str, Any]) -> PackFile:
    """The file that {"file", "sha256"} names in `root`; its content is not looked at.

    Raises MalformedError when it is not there, or not plainly inside.
    """
    path = find_file(root, read_text(entry, "file"))
    if not path.is_file():
        raise MalformedError(f"it names {path}, which is not there")
    return PackFile(path, read_text(entry, "sha256"))


def find_file(root: Path, name: str) -> Path:
    """The file `name` means, if it is plainly relative and stays in `root` through every link.

    Raises MalformedError otherwise; the file need not exist.
    """
    parts = name.split("/")
    plain = not (set(name) & set("\\:\0")) and not any(part in ("", ".", "..") for part in parts)
    path = root.joinpath(*parts) if plain else root
    try:
        path.lstat()
    except FileNotFoundError:
        pass  # it need not be there
    except (OSError, ValueError) as error:
        raise MalformedError(
            f"it names a file that cannot be, {name[:40]!r} ({_words(error)})"
        ) from error
    if not plain or not path.resolve().is_relative_to(root):
        raise MalformedError(
            f"file names must stay inside the pack, got {name!r}, so do not use this pack"
        )
    return path


def read_specs(table: Mapping[str, Any], key: str) -> tuple[TensorSpec, ...]:
    """The tensors that the list at `key` declares. Raises MalformedError for a malformed one."""
    return tuple(_read_spec(entry) for entry in _read(table, key, list))


def _read_spec(entry: Any) -> TensorSpec:
    if not isinstance(entry, dict):
        raise MalformedError(f"a tensor must be an object, got {_words(entry)}")
    shape, dtype = _read(entry, "shape", list), read_text(entry, "dtype")
    if dtype not in _DTYPES or not all(size is None or type(size) is int for size in shape):
        raise MalformedError(f"bad tensor {_words(entry)}")
    return TensorSpec(read_text(entry, "name"), tuple(shape), dtype)


def _read(table: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    value = table.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MalformedError(f"{key} must be {_KINDS[kind]}, got {_words(value)}")
    return value


def _words(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]


def _advice(path: Path) -> str:
    return _PACK_AGAIN if path.name == "pack.json" else "make that identity again"
