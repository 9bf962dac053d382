"""`Engine`, the boundary between our code and whatever runs a net: named arrays in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class EngineError(Exception):
    """A net cannot be loaded or run; the message says what to do."""


class ClosedEngineError(EngineError):
    """An engine was called after its `close`."""

    def __init__(self) -> None:
        super().__init__("this engine is closed; open a new one")


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Shape and dtype of a named tensor."""

    name: str
    """The tensor's name in the net."""
    shape: tuple[int | None, ...]
    """Size of each axis, batch first; None is a free axis."""
    dtype: str
    """The NumPy name of the element type, such as "float32"."""

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
    def inputs(self) -> Mapping[str, TensorSpec]:
        """The tensors that a call takes, by name."""
        ...

    @property
    def outputs(self) -> Mapping[str, TensorSpec]:
        """The tensors that a call returns, by name."""
        ...

    @property
    def device(self) -> str:
        """The device on which it really runs, such as "cpu" or "cuda"."""
        ...

    @property
    def reason(self) -> str:
        """Why it does not run on a better device, and the fix; empty when there is no better."""
        ...

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        ...

    def close(self) -> None:
        """Free the net; a second call is harmless."""
        ...


def check_inputs(specs: Mapping[str, TensorSpec], inputs: Mapping[str, Array]) -> None:
    """Raise EngineError unless `inputs` are exactly the arrays that `specs` name."""
    if inputs.keys() != specs.keys():
        raise EngineError(f"inputs must be {', '.join(specs)}, got {', '.join(inputs) or 'none'}")
    for name, spec in specs.items():
        spec.check(inputs[name])


def check_tensors(net: str, wanted: Sequence[TensorSpec], found: Sequence[TensorSpec]) -> None:
    """Raise EngineError unless a net's tensors are the wanted ones, in name, dtype and shape.

    A free axis fits any size. net: the net's name for the message.
    """
    if len(wanted) != len(found) or not all(map(_fits, wanted, found)):
        raise EngineError(
            f"{net} must have the tensors {describe_tensors(wanted)}, "
            f"got {describe_tensors(found)}; it is another net, get the right file"
        )


def _fits(want: TensorSpec, got: TensorSpec) -> bool:
    same = (want.name, want.dtype, len(want.shape)) == (got.name, got.dtype, len(got.shape))
    pairs = zip(want.shape, got.shape, strict=False)
    return same and all(None in pair or pair[0] == pair[1] for pair in pairs)


def describe_tensors(specs: Sequence[TensorSpec]) -> str:
    """Names, dtypes and shapes of tensors, for a message."""
    return " and ".join(f"{spec.name}: {spec.dtype} {spec.shape}" for spec in specs) or "nothing"


def first_line(error: Exception) -> str:
    """The first line of an error's text, or its class where it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
