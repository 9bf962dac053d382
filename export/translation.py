"""A TFLite net on its way to ONNX.

TFLite lays pictures out as (batch, height, width, channels), ONNX as (batch, channels, height,
width). A tensor of four axes is a picture here and is laid out as ONNX wants it from the net's
first step to its last; where a net takes a picture apart, `as_tflite` turns it back.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy.typing as npt

from export.onnx_graph import OnnxGraph
from export.tflite_file import Operator, TfliteError, TfliteNet

TO_ONNX, TO_TFLITE = (0, 3, 1, 2), (0, 2, 3, 1)
"""Orders of a picture's axes: each says which old axis comes first, second, ..."""


class Translation:
    """The graph so far, and where each tensor of the net is in it."""

    def __init__(self, net: TfliteNet, graph: OnnxGraph) -> None:
        self.net, self.graph = net, graph
        self.values: dict[int, str] = {}
        """Name in the graph by number of the tensor; pictures as ONNX lays them out."""
        self.constants = dict(net.constants)
        """Values by number of the tensor, as TFLite lays them out."""

    def run(self, translators: Mapping[str, "Translator"]) -> None:
        """Translate every operator; the inputs must have their values.

        translators: the function for each name of an operator. Raises TfliteError, naming the first
        operator that has none.
        """
        for operator in self.net.operators:
            if operator.name not in translators:
                raise TfliteError(f"operator {operator.name} has no translation to ONNX")
            translators[operator.name](self, operator)

    def value(self, number: int) -> str:
        """Name of a tensor in the graph; a constant is put there first."""
        if number in self.constants:
            values = self.constants[number]
            return self.graph.constant(values.transpose(TO_ONNX) if values.ndim == 4 else values)
        return self.values[number]

    def constant(self, operator: Operator, number: int) -> npt.NDArray[Any]:
        """Values of a tensor that must be constant, as TFLite lays them out."""
        if number not in self.constants:
            raise TfliteError(f"operator {operator.name} must have constants, got computed ones")
        return self.constants[number]

    def shape(self, number: int) -> tuple[int, ...]:
        """Shape of a tensor, as TFLite lays it out."""
        return self.net.shapes[number]

    def axis(self, number: int, axis: int) -> int:
        """The place in ONNX of an axis of a tensor."""
        rank = len(self.shape(number))
        return TO_ONNX.index(axis % rank) if rank == 4 else axis % rank

    def as_tflite(self, number: int) -> str:
        """A tensor laid out as TFLite does."""
        if len(self.shape(number)) != 4:
            return self.value(number)
        return self.graph.add("Transpose", self.value(number), perm=TO_TFLITE)


Translator: TypeAlias = Callable[[Translation, Operator], None]
"""Adds one operator to the graph and enters its output into `values`."""
