"""TFLite's own operators in ONNX, one function each."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy.typing as npt
import tflite

from export.tflite_file import Operator, TfliteError
from export.translation import TO_ONNX, Translation, Translator


def _convolve(net: Translation, step: Operator) -> None:
    options = step.read_options(tflite.Conv2DOptions)
    weights = net.constant(step, step.inputs[1]).transpose(TO_ONNX)
    _add_convolution(net, step, options, weights, groups=1)


def _convolve_depthwise(net: Translation, step: Operator) -> None:
    options = step.read_options(tflite.DepthwiseConv2DOptions)
    weights = net.constant(step, step.inputs[1]).transpose(3, 0, 1, 2)
    channels = net.shape(step.inputs[0])[3]
    _add_convolution(net, step, options, weights, groups=channels)


def _add_convolution(
    net: Translation, step: Operator, options: Any, weights: npt.NDArray[Any], groups: int
) -> None:
    picture, _, bias = step.inputs
    dilations = options.DilationHFactor(), options.DilationWFactor()
    window = [(size - 1) * gap + 1 for size, gap in zip(weights.shape[2:], dilations, strict=True)]
    strides = options.StrideH(), options.StrideW()
    value = net.graph.add(
        "Conv",
        net.value(picture),
        net.graph.constant(weights),
        net.graph.constant(net.constant(step, bias)),
        dilations=dilations,
        group=groups,
        pads=_pads(options, net.shape(picture)[1:3], window, strides),
        strides=strides,
    )
    net.values[step.outputs[0]] = _activate(net, step, value, options)


def _pool(net: Translation, step: Operator) -> None:
    options = step.read_options(tflite.Pool2DOptions)
    window = options.FilterHeight(), options.FilterWidth()
    strides = options.StrideH(), options.StrideW()
    value = net.graph.add(
        "MaxPool",
        net.value(step.inputs[0]),
        kernel_shape=window,
        pads=_pads(options, net.shape(step.inputs[0])[1:3], window, strides),
        strides=strides,
    )
    net.values[step.outputs[0]] = _activate(net, step, value, options)


def _pads(
    options: Any, sides: Sequence[int], window: Sequence[int], strides: Sequence[int]
) -> list[int]:
    """What ONNX calls pads: the two beginnings, then the two ends; an odd one lies at the end."""
    if options.Padding() == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    missing = [
        max((-(-side // stride) - 1) * stride + reach - side, 0)
        for side, reach, stride in zip(sides, window, strides, strict=True)
    ]
    return [*(total // 2 for total in missing), *(total - total // 2 for total in missing)]


def _activate(net: Translation, step: Operator, value: str, options: Any) -> str:
    kind = options.FusedActivationFunction()
    if kind == tflite.ActivationFunctionType.NONE:
        return value
    if kind != tflite.ActivationFunctionType.RELU:
        raise TfliteError(f"operator {step.name} ends in activation {kind}, only ReLU is known")
    return net.graph.add("Relu", value)


def _combine(kind: str, options: Callable[[], Any]) -> Translator:
    def combine(net: Translation, step: Operator) -> None:
        values = [_broadcast(net, step, number) for number in step.inputs]
        value = net.graph.add(kind, *values)
        net.values[step.outputs[0]] = _activate(net, step, value, step.read_options(options))

    return combine


def _broadcast(net: Translation, step: Operator, number: int) -> str:
    """An operand; a constant gets as many axes as the result, so that they mean the same."""
    missing = len(net.shape(step.outputs[0])) - len(net.shape(number))
    if not missing:
        return net.value(number)
    values = net.constant(step, number)
    values = values.reshape((1,) * missing + values.shape)
    return net.graph.constant(values.transpose(TO_ONNX) if values.ndim == 4 else values)


def _prelu(net: Translation, step: Operator) -> None:
    slopes = net.constant(step, step.inputs[1])
    if slopes.ndim == 3:  # of a picture
        slopes = slopes.transpose(2, 0, 1)
    value = net.graph.add("PRelu", net.value(step.inputs[0]), net.graph.constant(slopes))
    net.values[step.outputs[0]] = value


def _relu(net: Translation, step: Operator) -> None:
    net.values[step.outputs[0]] = net.graph.add("Relu", net.value(step.inputs[0]))


def _pad(net: Translation, step: Operator) -> None:
    amounts = net.constant(step, step.inputs[1])
    if len(amounts) == 4:
        amounts = amounts[list(TO_ONNX)]
    pads = net.graph.constant(amounts.T.ravel())
    net.values[step.outputs[0]] = net.graph.add("Pad", net.value(step.inputs[0]), pads)


def _reshape(net: Translation, step: Operator) -> None:
    old, new = net.shape(step.inputs[0]), net.shape(step.outputs[0])
    value = net.value(step.inputs[0]) if _is_pixel(old) else net.as_tflite(step.inputs[0])
    shape = [new[axis] for axis in TO_ONNX] if _is_pixel(new) else new
    value = net.graph.add("Reshape", value, net.graph.constant(shape))
    if len(new) == 4 and not _is_pixel(new):
        value = net.graph.add("Transpose", value, perm=TO_ONNX)
    net.values[step.outputs[0]] = value


def _is_pixel(shape: tuple[int, ...]) -> bool:
    """Whether this is a picture of one pixel, whose values lie in the same order everywhere."""
    return len(shape) == 4 and shape[1:3] == (1, 1)


def _concatenate(net: Translation, step: Operator) -> None:
    options = step.read_options(tflite.ConcatenationOptions)
    values = [net.value(number) for number in step.inputs]
    value = net.graph.add("Concat", *values, axis=net.axis(step.outputs[0], options.Axis()))
    net.values[step.outputs[0]] = _activate(net, step, value, options)


def _gather(net: Translation, step: Operator) -> None:
    options, chosen = step.read_options(tflite.GatherOptions), net.constant(step, step.inputs[1])
    if options.BatchDims() or chosen.ndim != 1:
        raise TfliteError("operator GATHER must take a plain list of places")
    axis = net.axis(step.inputs[0], options.Axis())
    places = net.graph.constant(chosen)
    net.values[step.outputs[0]] = net.graph.add(
        "Gather", net.value(step.inputs[0]), places, axis=axis
    )


def _slice(net: Translation, step: Operator) -> None:
    options = step.read_options(tflite.StridedSliceOptions)
    masks = options.EllipsisMask(), options.NewAxisMask(), options.ShrinkAxisMask()
    if any((*masks, options.BeginMask(), options.EndMask())):
        raise TfliteError("operator STRIDED_SLICE with masks has no translation to ONNX")
    picture, *limits = step.inputs
    starts, ends, strides = (net.graph.constant(net.constant(step, limit)) for limit in limits)
    axes = net.graph.constant([net.axis(picture, axis) for axis in range(len(net.shape(picture)))])
    value = net.graph.add("Slice", net.value(picture), starts, ends, axes, strides)
    net.values[step.outputs[0]] = value


def _widen(net: Translation, step: Operator) -> None:
    """Keeps the half-precision constant, which is cast where it is used."""
    net.constants[step.outputs[0]] = net.constant(step, step.inputs[0])


TFLITE_OPERATORS: Mapping[str, Translator] = MappingProxyType(
    {
        "ADD": _combine("Add", tflite.AddOptions),
        "CONCATENATION": _concatenate,
        "CONV_2D": _convolve,
        "DEPTHWISE_CONV_2D": _convolve_depthwise,
        "DEQUANTIZE": _widen,
        "GATHER": _gather,
        "MAX_POOL_2D": _pool,
        "MUL": _combine("Mul", tflite.MulOptions),
        "PAD": _pad,
        "PRELU": _prelu,
        "RELU": _relu,
        "RESHAPE": _reshape,
        "STRIDED_SLICE": _slice,
    }
)
"""The translation of each operator, by its name in TFLite."""
