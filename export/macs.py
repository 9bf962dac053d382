"""Counts the multiplications of a net, which show how well a machine is used."""

import math
from pathlib import Path

import onnx
import torch
from onnx import GraphProto, NodeProto
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from engines.onnx_file import read_onnx

_Shapes = dict[str, tuple[int, ...]]


def macs_of_file(path: Path) -> int:
    """Multiply-accumulates of the convolutions and matrix products in an ONNX file, batch 1.

    Raises ValueError when the shape of one of them is not known.
    """
    model = onnx.load_model_from_string(read_onnx(path).content)
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = _shapes(graph)
    return sum(_macs(node, shapes) for node in graph.node)


def macs_of_module(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    """The same for one call of a torch module, which it freezes: the counter fails on gradients."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module.requires_grad_(False)(*inputs)
    return int(counter.get_total_flops()) // 2


def _shapes(graph: GraphProto) -> _Shapes:
    """The shape of every tensor whose rank is known; free axes are 1."""
    shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        if value.type.tensor_type.HasField("shape"):
            axes = value.type.tensor_type.shape.dim
            shapes[value.name] = tuple(axis.dim_value or 1 for axis in axes)
    return shapes


def _macs(node: NodeProto, shapes: _Shapes) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "MatMul", "Gemm"):
        return 0
    unknown = [name for name in (*node.input[:2], *node.output) if name not in shapes]
    if unknown:
        raise ValueError(f"{node.op_type} {node.name}: the shape of {unknown[0]} is not known")
    data, weight, result = (shapes[name] for name in (*node.input[:2], node.output[0]))
    match node.op_type:
        case "Conv":
            return math.prod(result) * math.prod(weight[1:])
        case "ConvTranspose":
            return math.prod(data) * math.prod(weight[1:])
        case "MatMul":
            return math.prod(result) * data[-1]
    transposed = any(option.name == "transA" and option.i for option in node.attribute)
    return math.prod(result) * data[0 if transposed else 1]
