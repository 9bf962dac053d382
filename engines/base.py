"""The one boundary between us and whatever runs a net: named arrays in, named arrays out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class EngineError(Exception):
    """A net cannot be loaded or run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Shape and dtype of a named tensor; None in the shape is a free axis."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    def check(self, array: Array) -> None:
        """Raise EngineError unless `array` fits."""
        fits = len(array.shape) == len(self.shape) and all(
            want is None or want == got for want, got in zip(self.shape, array.shape, strict=True)
        )
        if array.dtype != np.dtype(self.dtype) or not fits:
            wanted = tuple("*" if size is None else size for size in self.shape)
            raise EngineError(
                f"{self.name} must be {self.dtype} {wanted}, got {array.dtype} {array.shape}"
            )


class Engine(Protocol):
    """A loaded net. Call it from one thread only."""

    @property
    def inputs(self) -> Mapping[str, TensorSpec]: ...

    @property
    def outputs(self) -> Mapping[str, TensorSpec]: ...

    @property
    def device(self) -> str:
        """Where it really runs, such as "cpu" or "cuda"."""
        ...

    def __call__(self, **inputs: Array) -> dict[str, Array]: ...

    def close(self) -> None: ...
