"""Turns a float32 ONNX file into one that computes its feature maps in half precision.

Precision is part of the file (typed tensors, explicit casts), because TensorRT takes it from
nowhere else from version 11 on. Convolutions start a half-precision region, and element-wise and
layout operations continue it. Everything else stays float32: styles, demodulation, ToRGB and the
picture it adds up, pooling, linear layers, pixels. Inputs and outputs keep their types.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from engines.onnx_file import read_onnx
from reenact.media.files import whole_file

_STARTS = {"Conv": 3, "ConvTranspose": 3}
"""Operations that start a half-precision region, with the number of their inputs."""

_FOLLOWS = {
    "Add": 2, "Concat": 99, "LeakyRelu": 1, "Max": 2, "Min": 2, "Mul": 2, "PRelu": 2, "Relu": 1,
    "Reshape": 1, "Resize": 1, "Sigmoid": 1, "Slice": 1, "Split": 1, "Sub": 2, "Transpose": 1,
    "Unsqueeze": 1,
}  # fmt: skip
"""Operations that continue a region; the number says how many inputs, from the first, are data."""

_PICTURE_WEIGHTS = {"colours", "doubling"}
"""Last part of the names of convolution weights that stay float32, because they make pictures."""


def to_half(source: Path, target: Path) -> None:
    """Write the float32 file `source` as the half-precision file `target`."""
    model = onnx.load_model_from_string(read_onnx(source).content)
    _Rewriting(model.graph).run()
    with whole_file(target) as fresh:
        onnx.save(model, fresh)
        onnx.checker.check_model(fresh, full_check=True)


class _Rewriting:
    """One walk over a graph's nodes, which stand in the order of their execution."""

    def __init__(self, graph: GraphProto) -> None:
        self._graph = graph
        self._results = {port.name for port in graph.output}
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._halves: set[str] = set()  # values in half precision
        self._casts: dict[str, str] = {}  # a value -> the same in the other precision
        self._nodes: list[NodeProto] = []

    def run(self) -> None:
        for node in self._graph.node:
            if node.op_type == "BatchNormalization" and node.input[0] in self._halves:
                self._place_normalisation(node)
            else:
                self._place(node)
        used = {name for node in self._nodes for name in node.input}
        weights = [weight for name, weight in self._weights.items() if name in used]
        del self._graph.node[:], self._graph.value_info[:], self._graph.initializer[:]
        self._graph.node.extend(self._nodes)
        self._graph.initializer.extend(weights)

    def _place(self, node: NodeProto) -> None:
        if self._belongs_in_half(node):
            for index in range(min(len(node.input), (_STARTS | _FOLLOWS)[node.op_type])):
                node.input[index] = self._in_half(node.input[index])
            self._halves.update(node.output)
        else:
            for index, name in enumerate(node.input):
                if name in self._halves:
                    node.input[index] = self._cast(name, TensorProto.FLOAT)
        self._nodes.append(node)

    def _belongs_in_half(self, node: NodeProto) -> bool:
        if self._results.intersection(node.output):
            return False
        if node.op_type in _STARTS:
            return node.input[1].split(".")[-1] not in _PICTURE_WEIGHTS
        data = node.input[: _FOLLOWS.get(node.op_type, 0)]
        return any(name in self._halves for name in data)

    def _place_normalisation(self, node: NodeProto) -> None:
        """Write it as a factor and an offset: the variance itself may be beyond half precision."""
        x, *names = node.input
        scale, shift, mean, variance = (numpy_helper.to_array(self._weights[n]) for n in names)
        epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
        factor = scale / np.sqrt(variance + epsilon)
        y = node.output[0]
        self._add_weight(f"{y}.factor", factor[:, None, None])
        self._add_weight(f"{y}.offset", (shift - mean * factor)[:, None, None])
        self._place(helper.make_node("Mul", [x, f"{y}.factor"], [f"{y}.scaled"]))
        self._place(helper.make_node("Add", [f"{y}.scaled", f"{y}.offset"], [y]))

    def _in_half(self, name: str) -> str:
        if not name or name in self._halves:
            return name
        if name not in self._weights:
            return self._cast(name, TensorProto.FLOAT16)
        half = f"{name}.half"
        if half not in self._weights:
            self._add_weight(half, numpy_helper.to_array(self._weights[name]).astype(np.float16))
        return half

    def _add_weight(self, name: str, array: np.ndarray) -> None:
        self._weights[name] = numpy_helper.from_array(array, name)

    def _cast(self, name: str, kind: int) -> str:
        if name not in self._casts:
            self._casts[name] = f"{name}.cast"
            self._nodes.append(helper.make_node("Cast", [name], [self._casts[name]], to=kind))
        return self._casts[name]
