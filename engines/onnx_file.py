"""Checks an ONNX file for references to other files, and hashes it.

It reads the file's bytes itself, because the live path has no `onnx` package. Field numbers are
those of onnx.proto (ONNX 1.20, IR version 12), which never change.
"""

import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from engines.base import EngineError

_Kind: TypeAlias = "dict[int, _Kind]"

_TENSOR: _Kind = {}
_SPARSE: _Kind = {1: _TENSOR, 2: _TENSOR}
_GRAPH: _Kind = {5: _TENSOR, 15: _SPARSE}
_ATTRIBUTE: _Kind = {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE}
_NODE: _Kind = {5: _ATTRIBUTE}
_GRAPH[1] = _NODE
_MODEL: _Kind = {7: _GRAPH, 25: {7: _NODE, 11: _ATTRIBUTE}}
"""For each message, the fields that lead to tensors."""

_LOCATION, _EXTERNAL = 14, 1
"""The tensor field that says where its values are, and its value when that is another file."""


def check_onnx(path: Path) -> None:
    """Raise EngineError unless `path` is one file that keeps all its weights itself.

    A reference could name any file of this machine, and the hash of a pack does not cover what it
    names. A file that is no ONNX at all passes: the runtime's own message about it is better.
    """
    if not path.is_file():
        raise EngineError(f"no net at {path}; check the path")
    if path.stat().st_size == 0:
        return
    with path.open("rb") as stream:
        view = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    if _keeps_weights_elsewhere(view):
        raise EngineError(
            f"{path.name} keeps weights in another file, which is refused: "
            "export it again as one file (external_data=False)"
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _keeps_weights_elsewhere(view: memoryview) -> bool:
    try:
        return _has_external_tensor(view, _MODEL)
    except (IndexError, RecursionError, ValueError):
        return False  # not ONNX, which every runtime reports too


def _has_external_tensor(message: memoryview, kind: _Kind) -> bool:
    for number, value in _fields(message):
        if isinstance(value, int):
            if kind is _TENSOR and number == _LOCATION and value == _EXTERNAL:
                return True
        elif number in kind and _has_external_tensor(value, kind[number]):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Number and value of each field, in the wire format of protocol buffers."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        match tag & 7:
            case 0:
                value, at = _varint(message, at)
                yield tag >> 3, value
            case 1:
                at += 8
            case 2:
                length, at = _varint(message, at)
                if at + length > len(message):
                    raise ValueError("a field is longer than its message")
                yield tag >> 3, message[at : at + length]
                at += length
            case 5:
                at += 4
            case other:
                raise ValueError(f"unknown wire type {other}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
