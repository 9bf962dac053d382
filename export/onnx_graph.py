"""An ONNX graph in the making: nodes and constants with names of their own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

OPSET = 20
"""The newest that torch exports without converting; TensorRT 10 reads it."""

SMALLEST_HALF = 1024
"""Elements of a tensor; smaller ones (biases, shapes) are not worth halving."""


class OnnxGraph:
    """Collects nodes in running order."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Append a node of one output, whose name is returned."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, values: npt.ArrayLike) -> str:
        """The name of a constant; integers become int64. Large float16 weights stay as they are in
        the file, and are cast when it is loaded.
        """
        array = np.asarray(values)
        if array.dtype == np.float16 and array.size >= SMALLEST_HALF:
            return self.add("Cast", self._store(array), to=TensorProto.FLOAT)
        whole = np.issubdtype(array.dtype, np.integer)
        return self._store(array.astype(np.int64 if whole else np.float32))

    def model(
        self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> ModelProto:
        """The checked model."""
        graph = helper.make_graph(self._nodes, "graph", inputs, outputs, self._weights)
        opsets = [helper.make_opsetid("", OPSET)]
        oldest = helper.find_min_ir_version_for(opsets)
        model = helper.make_model(graph, opset_imports=opsets, ir_version=oldest)
        onnx.checker.check_model(model, full_check=True)
        return model

    def rename(self, value: str, name: str) -> None:
        """Give the output of the node that makes `value` a name of the caller's."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    def _store(self, array: npt.NDArray[np.generic]) -> str:
        name = f"c{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
