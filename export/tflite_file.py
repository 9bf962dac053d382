"""A TFLite net as plain data: its tensors, its constants, and its operators in running order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import tflite
from flatbuffers import flexbuffers

_DTYPES = MappingProxyType(
    {
        tflite.TensorType.FLOAT32: "<f4",
        tflite.TensorType.FLOAT16: "<f2",
        tflite.TensorType.INT32: "<i4",
    }
)
_CUSTOM = tflite.BuiltinOperator.CUSTOM
_NAMES = MappingProxyType(
    {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
)


class TfliteError(ValueError):
    """A TFLite net cannot be translated; the message says why."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of a net."""

    name: str
    """TFLite's name of a built-in operator, or a custom operator's own name."""
    version: int
    """The operator's version, from 1."""
    inputs: tuple[int, ...]
    """Numbers of the tensors that it reads; -1 is an optional one that is left out."""
    outputs: tuple[int, ...]
    """Numbers of the tensors that it writes."""
    options: Any
    """The flatbuffers table of a built-in operator's options, None without."""
    custom: Mapping[str, Any]
    """A custom operator's options; empty for a built-in one."""

    def read_options(self, kind: Callable[[], Any]) -> Any:
        """The options as `kind`, which is one of the `tflite` package's classes."""
        if self.options is None:
            raise TfliteError(f"operator {self.name} has no options")
        options = kind()
        options.Init(self.options.Bytes, self.options.Pos)
        return options


@dataclass(frozen=True, slots=True)
class TfliteNet:
    """A net's only subgraph."""

    shapes: tuple[tuple[int, ...], ...]
    """Shape of each tensor; pictures are (batch, height, width, channels)."""
    names: tuple[str, ...]
    """Name of each tensor."""
    constants: Mapping[int, npt.NDArray[Any]]
    """Values of the tensors that have any in the file, by number."""
    operators: tuple[Operator, ...]
    """The operators, in running order."""
    inputs: tuple[int, ...]
    """Numbers of the net's inputs."""
    outputs: tuple[int, ...]
    """Numbers of the net's outputs."""


@contextmanager
def damage_is_one_error() -> Iterator[None]:
    """Raise TfliteError for whatever a damaged file leads to: nothing in it is checked beforehand,
    and the readers follow every offset.
    """
    try:
        yield
    except TfliteError:
        raise
    except Exception as error:
        raise TfliteError(f"the file is damaged ({type(error).__name__}: {error})") from error


def read_tflite(data: bytes) -> TfliteNet:
    """Parse a net. Raises TfliteError when the file has more than one subgraph, and almost any
    error when it is damaged: see `damage_is_one_error`.
    """
    if data[4:8] != b"TFL3":
        raise TfliteError("it is no TFLite file")
    model = tflite.Model.GetRootAs(data, 0)
    if model.SubgraphsLength() != 1:
        raise TfliteError(f"it must have one subgraph, got {model.SubgraphsLength()}")
    graph = model.Subgraphs(0)
    tensors = [graph.Tensors(number) for number in range(graph.TensorsLength())]
    shapes = tuple(tuple(map(int, tensor.ShapeAsNumpy())) for tensor in tensors)
    constants = {}
    for number, tensor in enumerate(tensors):
        values = _constant(model, tensor, shapes[number])
        if values is not None:
            constants[number] = values
    return TfliteNet(
        shapes,
        tuple(tensor.Name().decode() for tensor in tensors),
        MappingProxyType(constants),
        tuple(_operator(model, graph.Operators(n)) for n in range(graph.OperatorsLength())),
        _numbers(graph.InputsAsNumpy()),
        _numbers(graph.OutputsAsNumpy()),
    )


def _constant(model: Any, tensor: Any, shape: tuple[int, ...]) -> npt.NDArray[Any] | None:
    buffer = model.Buffers(tensor.Buffer())
    if not buffer.DataLength():
        return None
    if tensor.Type() not in _DTYPES:
        raise TfliteError(f"{tensor.Name().decode()} holds values of kind {tensor.Type()}")
    return np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()]).reshape(shape)


def _operator(model: Any, operator: Any) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = code.CustomCode().decode() if number == _CUSTOM else _NAMES.get(number, str(number))
    custom = operator.CustomOptionsAsNumpy() if operator.CustomOptionsLength() else None
    return Operator(
        name,
        code.Version(),
        _numbers(operator.InputsAsNumpy()),
        _numbers(operator.OutputsAsNumpy()),
        operator.BuiltinOptions(),
        MappingProxyType({} if custom is None else flexbuffers.Loads(custom.tobytes())),
    )


def _numbers(values: npt.NDArray[np.int32]) -> tuple[int, ...]:
    return tuple(map(int, values))
