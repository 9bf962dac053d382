"""Reader of a person's W+ code as a numpy array: pickled, as the paper's authors publish theirs,
or as .npy or .npz.

Nothing in the file is run, and no PyTorch is needed.
"""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from reenact.checkpoints.numpy_records import ARRAYS, ArrayRecord
from reenact.checkpoints.restricted_pickle import RestrictedUnpickler
from reenact.errors import CheckpointError
from reenact.media.files import translate_os_errors
from reenact.types import Latent

_LARGEST_FILE = 4_000_000  # bytes; a code of 18 x 512 in float64 has 73 728
_DAMAGE = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, AttributeError,
    OverflowError, MemoryError, RecursionError, NotImplementedError, RuntimeError, OSError,
    zipfile.BadZipFile,
)  # fmt: skip
"""Everything that a damaged or a malicious stream makes its reader raise."""


def read_code(path: Path, shape: tuple[int, int]) -> Latent:
    """Read the code of `shape`, (rows, width), in `path`, as float32.

    Raises CheckpointError unless the file holds one array of that shape, of finite numbers.
    """
    with translate_os_errors(path, "cannot be read", "check the path", raised=CheckpointError):
        size = path.stat().st_size
        content = path.read_bytes() if size <= _LARGEST_FILE else b""
    if size > _LARGEST_FILE:
        raise _refuse(path, shape, f"a file of {size / 1e6:.0f} MB")
    try:
        array = _read_array(content)
    except _DAMAGE as error:
        reason = str(error).split("\n", 1)[0][:120] or type(error).__name__
        raise _refuse(path, shape, f"something else ({reason})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise _refuse(path, shape, "something else")
    if array.shape not in (shape, (1, *shape)):
        raise _refuse(path, shape, f"an array {array.shape}")
    code = array.reshape(shape).astype(np.float32)
    if not np.isfinite(code).all():
        raise _refuse(path, shape, "numbers that are not finite")
    return code


def _read_array(content: bytes) -> Any:
    """The object in the file, which should be an array."""
    stream = io.BytesIO(content)
    if content[:1] == b"\x80":
        record = RestrictedUnpickler(stream, len(content), ARRAYS).load()
        return record.array if isinstance(record, ArrayRecord) else record
    loaded = np.load(stream, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    if sum(entry.file_size for entry in loaded.zip.infolist()) > _LARGEST_FILE:
        raise ValueError("its arrays are too large")
    names = loaded.files
    if len(names) != 1:
        raise ValueError(f"{len(names)} arrays")
    return loaded[names[0]]


def _refuse(path: Path, shape: tuple[int, int], came: str) -> CheckpointError:
    return CheckpointError(
        f"{path} must hold one numpy array of {shape[0]} rows of {shape[1]} numbers, as the codes "
        f"of this pack are, got {came}; give a code of the pack's generator, as .pkl, .npy or .npz"
    )
