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
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from reenact.checkpoints.numpy_records import SCALARS
from reenact.checkpoints.sealed import SealedClass
from reenact.checkpoints.torch_zip import check_every_byte, is_torch_zip
from reenact.errors import CheckpointError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C.to_bytes(10, "little")
_ZIP = b"PK\x03\x04"
_GET_AGAIN = "download it again from where its authors publish it"


class _PathRecord(metaclass=SealedClass):
    """Stands in for a path among the options of a training run, and keeps nothing of it."""

    def __init__(self, *parts: str) -> None:
        pass


_PATHS = ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
_PATH_MODULES = ("pathlib", "pathlib._local")  # the latter in Python 3.13
_ALLOWED: list[Any] = [
    (argparse.Namespace, "argparse.Namespace"),  # `args` of training runs
    *((_PathRecord, f"{module}.{name}") for name in _PATHS for module in _PATH_MODULES),
    *((stand_in, name) for name, stand_in in SCALARS.items() if name != "_codecs.encode"),
]
_DAMAGE = (
    pickle.UnpicklingError, EOFError, OSError, RuntimeError, ValueError, TypeError, LookupError,
    AttributeError, AssertionError, ArithmeticError, MemoryError, struct.error, SafetensorError,
    zipfile.BadZipFile, RecursionError, zlib.error,
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
    if _is_safetensors(head):
        return Container.SAFETENSORS
    if head.startswith(_ZIP):
        return _identify_zip(path)
    return _identify_head(head)


def _is_safetensors(head: bytes) -> bool:
    """Whether it begins with the length of a JSON header and the header; no other format does.

    It is asked first, as the length may begin with any byte, those of other formats too.
    """
    return head[4:9] == b"\0\0\0\0{"


def _identify_head(head: bytes) -> Container:
    if not head:
        return Container.EMPTY
    if head[:1] == b"\x80":
        return Container.TORCH_LEGACY if _LEGACY_MAGIC in head[:16] else Container.PICKLE
    if re.match(rb"\s*<(!doctype|html|\?xml)", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        return Container.WEB_PAGE
    return Container.OTHER


def _identify_zip(path: Path) -> Container:
    try:
        with zipfile.ZipFile(path) as archive:
            return Container.TORCH_ZIP if is_torch_zip(archive) else Container.OTHER
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError):
        return Container.TRUNCATED_ZIP


def open_tensors(path: Path, container: Container) -> Any:
    """Read the content of a PyTorch or safetensors file, on the CPU.

    Raises CheckpointError for damage and for whatever is not plain data, before it is run.
    """
    with reading(path):
        if container is Container.SAFETENSORS:
            return load_file(path)
        if container is Container.TORCH_ZIP:
            check_every_byte(path)
        # Only a path can be mapped, but of a path PyTorch would believe the ending.
        mapped = container is Container.TORCH_ZIP and not str(path).endswith(".safetensors")
        with torch.serialization.safe_globals(_ALLOWED), path.open("rb") as file:
            source = path if mapped else file
            return torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)


def open_nested(stream: IO[bytes]) -> Any:
    """Read a PyTorch stream that lies inside a pickle, under the same rules."""
    head = stream.read(16)
    if head.startswith(_ZIP):  # as PyTorch tells it
        check_every_byte(stream)
    elif _LEGACY_MAGIC not in head:
        raise ValueError("it holds something that torch.save did not write")
    stream.seek(0)
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
            f"{refused[1]!r}, which was not run; use the file that its authors publish, or save "
            "it again without that object"
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return (
            f"{path} must be a checkpoint that takes no more memory than its size explains, got "
            f"one that asks for far more; {_GET_AGAIN}"
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
