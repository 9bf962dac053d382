"""Stand-ins for the numpy globals of a pickle: they hold bytes and numbers, and run nothing."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reenact.checkpoints.sealed import Sealed, SealedClass

_NUMBER = re.compile(r"[biuf][1248]")


def encode_latin1(text: str, codec: str = "latin1") -> bytes:
    """Decode what protocol 2 writes for bytes. Raises ValueError for any other codec."""
    if codec not in ("latin1", "latin-1"):
        raise ValueError(f"bytes must be written as latin1, got {codec!r}")
    return text.encode("latin1")


class DtypeRecord(metaclass=SealedClass):
    """Stands in for `numpy.dtype`, of plain numbers only."""

    def __init__(self, code: str, *_: object) -> None:
        if not _NUMBER.fullmatch(code):
            raise ValueError(f"arrays must be of plain numbers, got dtype {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class ArrayRecord:
    """Stands in for `numpy.ndarray`; its state is version, shape, dtype, order and bytes."""

    array: NDArray[Any]

    def __setstate__(self, state: tuple[int, tuple[int, ...], DtypeRecord, bool, Any]) -> None:
        _, shape, record, fortran, content = state
        content = encode_latin1(content) if isinstance(content, str) else content
        flat = np.frombuffer(content, record.dtype)
        self.array = flat.reshape(shape, order="F" if fortran else "C")


def make_array(*_: object) -> ArrayRecord:
    """Stand in for `numpy.core.multiarray._reconstruct`: an array that awaits its state."""
    return ArrayRecord()


def make_scalar(record: DtypeRecord, content: bytes | str) -> float:
    """Stand in for `numpy.core.multiarray.scalar`: a Python number."""
    content = encode_latin1(content) if isinstance(content, str) else content
    number: float = np.frombuffer(content, record.dtype)[0].item()
    return number


def fill_array(
    content: bytes | bytearray, record: DtypeRecord, shape: tuple[int, ...], order: str
) -> ArrayRecord:
    """Stand in for `numpy.core.numeric._frombuffer`, with which protocol 5 writes an array."""
    made = ArrayRecord()
    made.__setstate__((1, shape, record, order == "F", bytes(content)))
    return made


_FILLED = Sealed(fill_array)
_SCALAR, _ARRAY = Sealed(make_scalar), Sealed(make_array)

SCALARS: dict[str, Any] = {
    "numpy.dtype": DtypeRecord,
    "numpy.core.multiarray.scalar": _SCALAR,
    "numpy._core.multiarray.scalar": _SCALAR,
    "_codecs.encode": Sealed(encode_latin1),
}
"""The globals that a pickled numpy number names; the module was renamed in numpy 2."""

ARRAYS: dict[str, Any] = SCALARS | {
    "numpy.ndarray": None,  # named as an argument only
    "numpy.core.multiarray._reconstruct": _ARRAY,
    "numpy._core.multiarray._reconstruct": _ARRAY,
    "numpy.core.numeric._frombuffer": _FILLED,
    "numpy._core.numeric._frombuffer": _FILLED,
}
"""The globals that a pickled numpy array names."""
