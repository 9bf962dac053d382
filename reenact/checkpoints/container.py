"""Opens a checkpoint file without running anything in it; its bytes tell what it is, its name
never.

Zip files stay memory-mapped, so that a file of a gigabyte is not read whole.
"""

import argparse
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from reenact.checkpoints.numpy_records import SCALARS
from reenact.errors import CheckpointError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C.to_bytes(10, "little")
_GET_AGAIN = "download it again from where its authors publish it"
_ALLOWED: list[Any] = [
    (argparse.Namespace, "argparse.Namespace"),  # `args` of training runs
    *((stand_in, name) for name, stand_in in SCALARS.items() if name != "_codecs.encode"),
]
_DAMAGE = (
    pickle.UnpicklingError, EOFError, OSError, RuntimeError, ValueError, TypeError, LookupError,
    AttributeError, AssertionError, ArithmeticError, MemoryError, struct.error, SafetensorError,
)  # fmt: skip
"""Everything that a damaged or a malicious stream makes its reader raise."""


class Container(Enum):
    """Format of a file; the values are words for the user."""

    TORCH_ZIP = "a PyTorch file"
    TORCH_LEGACY = "a PyTorch file of before version 1.6"
    PICKLE = "a pickle"
    SAFETENSORS = "a safetensors file"
    WEB_PAGE = "a web page"
    EMPTY = "an empty file"
    TRUNCATED_ZIP = "the beginning of a PyTorch file, cut short"
    OTHER = "a file of an unknown kind"


def identify(path: Path) -> Container:
    """Tell the format of `path`. Raises CheckpointError when there is no such file."""
    if not path.is_file():
        came = "a folder" if path.is_dir() else "nothing"
        raise CheckpointError(f"expected a checkpoint file at {path}, got {came}; check the path")
    with reading(path), path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"PK\x03\x04"):
        return _identify_zip(path)
    return _identify_head(head)


def _identify_head(head: bytes) -> Container:
    if not head:
        return Container.EMPTY
    if head[:1] == b"\x80":
        return Container.TORCH_LEGACY if _LEGACY_MAGIC in head[:16] else Container.PICKLE
    if re.match(rb"\s*<(!doctype|html|\?xml)", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        return Container.WEB_PAGE
    return Container.SAFETENSORS if head[8:10] == b'{"' else Container.OTHER


def _identify_zip(path: Path) -> Container:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        return Container.TRUNCATED_ZIP
    names = {entry.filename.split("/", 1)[-1] for entry in entries}
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    plain = "data.pkl" in names and "constants.pkl" not in names  # the latter is TorchScript
    return Container.TORCH_ZIP if plain and stored else Container.OTHER


def open_tensors(path: Path, container: Container) -> Any:
    """Read the content of a PyTorch or safetensors file, on the CPU.

    Raises CheckpointError for damage and for whatever is not plain data, before it is run.
    """
    with reading(path):
        if container is Container.SAFETENSORS:
            return load_file(path)
        # Only a path can be mapped, but of a path PyTorch would believe the ending.
        mapped = container is Container.TORCH_ZIP and not str(path).endswith(".safetensors")
        with torch.serialization.safe_globals(_ALLOWED), path.open("rb") as file:
            source = path if mapped else file
            return torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)


class RestrictedUnpickler(pickle.Unpickler):
    """Reads a plain pickle in which every global is one of `stand_ins`, by its full name."""

    def __init__(self, file: IO[bytes], stand_ins: Mapping[str, Any]) -> None:
        super().__init__(file, encoding="latin1")  # for arrays that Python 2 wrote
        self._stand_ins = stand_ins

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self._stand_ins:
            raise pickle.UnpicklingError(f"refused GLOBAL {module}.{name}")
        return self._stand_ins[f"{module}.{name}"]


def open_nested(stream: IO[bytes]) -> Any:
    """Read a PyTorch stream that lies inside a pickle, under the same rules."""
    return torch.load(stream, map_location="cpu", weights_only=True)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every error of reading `path` inside the block into one CheckpointError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's own about old pickles
            yield
    except _DAMAGE as error:
        raise CheckpointError(_explain(path, error)) from error


def _explain(path: Path, error: BaseException) -> str:
    refused = re.search(r"GLOBAL (\S+)", str(error))
    if refused:
        return (
            f"{path} must hold only tensors and plain data, got the program object "
            f"{refused[1]!r}, which was not run; do not use this file, {_GET_AGAIN}"
        )
    reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
    return f"{path} must be a whole checkpoint, got a damaged one ({reason}); {_GET_AGAIN}"


def refuse(path: Path, container: Container) -> CheckpointError:
    """Make the error for a file that is no checkpoint at all."""
    advice = _GET_AGAIN
    if container is Container.WEB_PAGE:
        advice = (
            "Google Drive saves its page about virus scans when a link is fetched by a program: "
            "open the link in a browser and choose to download anyway"
        )
    return CheckpointError(f"{path} must be a checkpoint, got {container.value}; {advice}")
