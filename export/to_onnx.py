"""Writes a torch module as one ONNX file, checked and with a free batch axis.

The weights go to the file one at a time, so that no second copy of them lies in memory.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import onnx
import onnx_ir
import torch
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

from export.onnx_graph import OPSET, SMALLEST_HALF
from reenact.media.files import whole_file

_LARGEST = 2**31 - 1  # bytes of a protobuf file

_Weights: TypeAlias = Mapping[str, onnx_ir.TensorProtocol]


def to_onnx(
    module: nn.Module, example: Tensor | tuple[Tensor, ...], path: Path, *,
    inputs: Sequence[str], outputs: Sequence[str], halved: bool = True,
) -> None:  # fmt: skip
    """Write `module` as ONNX with a free batch axis named "batch" on every input.

    example: one tensor per input, of batch 2. halved: large float weights are stored as float16
    and cast when the file is loaded, which halves the file; all arithmetic stays float32.
    Raises ValueError when the weights do not fit into one file.
    """
    examples = example if isinstance(example, tuple) else (example,)
    model, weights = _trace(module, examples, inputs, outputs)
    size = sum(weight.nbytes for weight in weights.values()) >> halved
    if size > _LARGEST:
        raise ValueError(f"an ONNX file holds 2 GB, got {size >> 20} MB of weights; halve them")
    _check(model, weights)
    casts = _casts(weights) if halved else []
    for cast in casts:
        model.graph.node.insert(0, cast)
    with whole_file(path) as fresh, fresh.open("wb") as file:
        file.write(model.SerializeToString())
        _append_weights(file, weights, {cast.output[0] for cast in casts})


def _trace(
    module: nn.Module, examples: tuple[Tensor, ...], inputs: Sequence[str], outputs: Sequence[str]
) -> tuple[ModelProto, _Weights]:
    """The graph without its weights, and the weights."""
    batch = torch.export.Dim("batch", min=1, max=64)
    with _without_advice():
        program = torch.onnx.export(
            module.eval(),
            examples,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: batch} for _ in examples),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program; expected one with dynamo=True")
    values = program.model.graph.initializers
    weights = {name: value.const_value for name, value in values.items() if value.const_value}
    values.clear()
    return onnx_ir.to_proto(program.model), weights


@contextmanager
def _without_advice() -> Iterator[None]:
    """Silence the exporter's warnings, which are of no use here.

    It warns that torchvision is missing, that its internals will change, and that several inputs
    share a batch axis.
    """
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.filterwarnings("ignore", "# The axis name: batch", UserWarning)
            yield
    finally:
        logger.setLevel(level)


def _check(model: ModelProto, weights: _Weights) -> None:
    """Check nodes, types and shapes, with the weights as inputs."""
    whole = ModelProto()
    whole.CopyFrom(model)
    whole.graph.input.extend(
        helper.make_tensor_value_info(name, weight.dtype.value, weight.shape.numpy())
        for name, weight in weights.items()
    )
    onnx.checker.check_model(whole, full_check=True)


def _casts(weights: _Weights) -> list[onnx.NodeProto]:
    """Nodes that turn the large weights, stored in half precision, into float32."""
    return [
        helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)
        for name, weight in weights.items()
        if weight.dtype == onnx_ir.DataType.FLOAT
        and weight.size >= SMALLEST_HALF
        and np.abs(weight.numpy()).max() < np.finfo(np.float16).max
    ]


def _append_weights(file: BinaryIO, weights: _Weights, halved: set[str]) -> None:
    """Protobuf merges the messages of a file: each weight is a model that has nothing else."""
    for name, weight in weights.items():
        array, stored = weight.numpy(), name
        if name in halved:
            array, stored = array.astype(np.float16), f"{name}.half"
        tensor = numpy_helper.from_array(array, stored)
        file.write(ModelProto(graph=GraphProto(initializer=[tensor])).SerializeToString())
