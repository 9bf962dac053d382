"""Compiler of this package's scalar functions: one source serves the CPU and CUDA alike."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

_FOLDER = Path(__file__).parent


def name_sources(folder: Path) -> str:
    """A name that changes with any source file of a package."""
    sources = sorted(folder.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


# numba's cache notices an edit of a function, but none of those that it calls: after an update the
# old pictures, or none, would be drawn. Where the folder cannot be written, numba takes another.
numba.config.CACHE_DIR = str(_FOLDER / "__pycache__" / name_sources(_FOLDER))  # type: ignore[attr-defined]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def scalar(function: _Function) -> _Function:
    """Compile a function of numbers and one constants array; no allocation, no recursion.

    `numba.cuda` kernels may call such a function too: numba compiles the same source as a device
    function.
    """
    return cast(
        _Function, njit(fastmath=True, cache=True, nogil=True, error_model="numpy")(function)
    )
