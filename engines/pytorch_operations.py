"""The ONNX operations of our own graphs in terms of PyTorch; other operations are left out.

Shapes, axes and indices are tensors on the CPU, so reading one never waits for a GPU.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from engines.base import EngineError

_Attributes: TypeAlias = Mapping[str, Any]

_TYPES = {
    1: torch.float32, 2: torch.uint8, 6: torch.int32, 7: torch.int64, 9: torch.bool,
    10: torch.float16, 11: torch.float64,
}  # fmt: skip
"""Element types by their number in onnx.proto (TensorProto.DataType)."""

Operation: TypeAlias = Callable[..., Tensor | tuple[Tensor, ...]]
"""Takes the attributes, then the inputs; an input that is left out is None."""


def _insist(holds: bool, what: str) -> None:
    if not holds:
        raise EngineError(f"our PyTorch interpreter knows no {what}; run this net on ONNX Runtime")


def _padding(a: _Attributes) -> list[int]:
    pads = a.get("pads", [0, 0, 0, 0])
    half = len(pads) // 2
    _insist(pads[:half] == pads[half:], "padding that differs by side")
    _insist(a.get("auto_pad", b"NOTSET") == b"NOTSET", "automatic padding")
    return list(pads[:half])


def _average_pool(a: _Attributes, x: Tensor) -> Tensor:
    _insist(not any(_padding(a)) and not a.get("ceil_mode"), "average pooling over an edge")
    return functional.avg_pool2d(x, a["kernel_shape"], a.get("strides", 1))


def _cast(a: _Attributes, x: Tensor) -> Tensor:
    return x.to(_TYPES[a["to"]])


def _concat(a: _Attributes, *inputs: Tensor) -> Tensor:
    return torch.cat(inputs, dim=a["axis"])


def _conv(a: _Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    options = (a.get("strides", 1), _padding(a), a.get("dilations", 1), a.get("group", 1))
    return functional.conv2d(x, weight, bias, *options)


def _conv_transpose(
    a: _Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None
) -> Tensor:
    return functional.conv_transpose2d(
        x, weight, bias, a.get("strides", 1), _padding(a), a.get("output_padding", 0),
        a.get("group", 1), a.get("dilations", 1),
    )  # fmt: skip


def _expand(a: _Attributes, x: Tensor, shape: Tensor) -> Tensor:
    """In ONNX a size of 1 stands for the size that `x` has; PyTorch needs the size itself."""
    wanted = shape.tolist()
    sizes = [1] * (len(wanted) - x.ndim) + list(x.shape)
    return x.expand([max(pair) for pair in zip(sizes, wanted, strict=True)])


def _gather(a: _Attributes, x: Tensor, index: Tensor) -> Tensor:
    _insist(index.ndim == 0, "gathering of several rows")
    return x.select(a.get("axis", 0), int(index))


def _gemm(a: _Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    plain = a.get("alpha", 1.0) == a.get("beta", 1.0) == 1.0 and not a.get("transA")
    _insist(plain, "scaled matrix product")
    y = x @ (weight.T if a.get("transB") else weight)
    return y if bias is None else y + bias


def _reduce_by(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduce(a: _Attributes, x: Tensor, axes: Tensor) -> Tensor:
        return function(x, dim=tuple(axes.tolist()), keepdim=bool(a.get("keepdims", 1)))

    return reduce


def _reshape(a: _Attributes, x: Tensor, shape: Tensor) -> Tensor:
    sizes = shape.tolist()
    _insist(bool(a.get("allowzero")) or 0 not in sizes, "copied axis of a reshape")
    return x.reshape(sizes)


def _depth_to_space(a: _Attributes, x: Tensor) -> Tensor:
    _insist(a.get("mode") == b"CRD", f"depth to space by {a.get('mode', b'DCR')!r}")
    return functional.pixel_shuffle(x, a["blocksize"])


def _resize(a: _Attributes, x: Tensor, *rest: Tensor | None) -> Tensor:
    sizes = rest[2] if len(rest) == 3 else None
    kind = (a.get("mode"), a.get("coordinate_transformation_mode"))
    _insist(kind == (b"linear", b"align_corners") and sizes is not None, f"resizing by {kind}")
    assert sizes is not None
    size = sizes.tolist()[2:]
    return functional.interpolate(x, size, mode="bilinear", align_corners=True)


def _slice(
    a: _Attributes, x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor, steps: Tensor
) -> Tensor:
    window = [slice(None)] * x.ndim
    for index, axis in enumerate(axes.tolist()):
        window[axis] = slice(int(starts[index]), int(ends[index]), int(steps[index]))
    return x[tuple(window)]


def _split(a: _Attributes, x: Tensor) -> tuple[Tensor, ...]:
    return torch.chunk(x, a["num_outputs"], dim=a.get("axis", 0))


def _unsqueeze(a: _Attributes, x: Tensor, axes: Tensor) -> Tensor:
    for axis in sorted(axis % (x.ndim + len(axes)) for axis in axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def _plain(function: Callable[..., Tensor]) -> Operation:
    return lambda a, *inputs: function(*inputs)


OPERATIONS: dict[str, Operation] = {
    "Abs": _plain(torch.abs),
    "Add": _plain(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": lambda a, x, scale, shift, mean, variance: functional.batch_norm(
        x, mean, variance, scale, shift, eps=a.get("epsilon", 1e-5)
    ),
    "Cast": _cast,
    "Clip": _plain(torch.clamp),
    "Concat": _concat,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Cos": _plain(torch.cos),
    "DepthToSpace": _depth_to_space,
    "Div": _plain(torch.div),
    "Expand": _expand,
    "Gather": _gather,
    "Gemm": _gemm,
    "LeakyRelu": lambda a, x: functional.leaky_relu(x, a.get("alpha", 0.01)),
    "MatMul": _plain(torch.matmul),
    "Max": _plain(torch.maximum),
    "Min": _plain(torch.minimum),
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "PRelu": lambda a, x, slope: functional.prelu(x, slope.flatten()),
    "Pow": _plain(torch.pow),
    "Reciprocal": _plain(torch.reciprocal),
    "ReduceL2": _reduce_by(torch.linalg.vector_norm),
    "ReduceMax": _reduce_by(torch.amax),
    "ReduceMean": _reduce_by(torch.mean),
    "Relu": _plain(torch.relu),
    "Reshape": _reshape,
    "Resize": _resize,
    "Round": _plain(torch.round),
    "Shape": lambda a, x: torch.tensor(x.shape[a.get("start", 0) : a.get("end")]),
    "Sigmoid": _plain(torch.sigmoid),
    "Sin": _plain(torch.sin),
    "Slice": _slice,
    "Split": _split,
    "Sqrt": _plain(torch.sqrt),
    "Sub": _plain(torch.sub),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": _unsqueeze,
}
"""Every operation that the interpreter knows, by its ONNX name."""
