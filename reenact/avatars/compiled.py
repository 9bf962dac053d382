"""Compiler of this package's scalar functions: one source serves the CPU and CUDA alike."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def scalar(function: _Function) -> _Function:
    """Compile a function of numbers and one constants array; no allocation, no recursion.

    `numba.cuda` kernels may call such a function too: numba compiles the same source as a device
    function. The on-disk cache does not notice edits of *called* functions in other files: delete
    `__pycache__` after editing.
    """
    return cast(
        _Function, njit(fastmath=True, cache=True, nogil=True, error_model="numpy")(function)
    )
