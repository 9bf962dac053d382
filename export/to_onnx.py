"""A torch module -> one ONNX file: dynamic batch, checked, weights stored in half precision."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

_SMALLEST_HALF = 1024  # elements; smaller tensors (biases, shapes) stay as they are


def to_onnx(
    module: nn.Module, example: Tensor, path: Path, *, inputs: Sequence[str], outputs: Sequence[str]
) -> None:
    """Write `module` as ONNX with a free batch axis named "batch" on every input.

    Large float weights are stored as float16 and cast when the file is loaded, which halves the
    file; all arithmetic stays float32.
    """
    batch = torch.export.Dim("batch", min=1, max=64)
    with _without_advice():
        program = torch.onnx.export(
            module.eval(),
            (example,),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=({0: batch},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program; expected one with dynamo=True")
    model = program.model_proto
    _halve_weights(model)
    onnx.checker.check_model(onnx.shape_inference.infer_shapes(model, strict_mode=True))
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(model.SerializeToString())
    fresh.replace(path)


@contextmanager
def _without_advice() -> Iterator[None]:
    """The exporter warns of the absence of torchvision and of its own internals' future."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(category=FutureWarning, action="ignore"):
            yield
    finally:
        logger.setLevel(level)


def _halve_weights(model: onnx.ModelProto) -> None:
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < _SMALLEST_HALF:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
        cast = helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)
        model.graph.node.insert(0, cast)
