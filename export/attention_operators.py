"""MediaPipe's three operators of the attention mesh, in plain ONNX.

The mesh net finds 468 points, then cuts a small square of features round the lips and round each
eye, upright with them, and finds the points there again. Cutting takes a matrix that leads from the
square into the features; the refined points come back through it. The maths are those of version 2
in MediaPipe's `mediapipe/util/tflite/operations`.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from export.tflite_file import Operator, TfliteError
from export.translation import Translation, Translator

_VERSION = 2
_TINY = 1e-12  # two points in one place have no direction; this keeps them from giving NaN


def _find_matrix(net: Translation, step: Operator) -> None:
    """Points (1, N, 3) -> the 4 x 4 matrix from a square onto the chosen points' surroundings."""
    _check_version(step)
    graph, options = net.graph, step.custom
    if options["target_rotation_radians"] != 0:
        raise TfliteError(f"operator {step.name} must turn its square level")
    sides = np.array([options["output_width"], options["output_height"]], np.float32)
    flat = _first_columns(net, net.value(step.inputs[0]), 2)
    turned = _turn_level(net, flat, options["left_rotation_idx"], options["right_rotation_idx"])
    around = graph.add("Gather", flat, graph.constant(options["subset_idxs"]), axis=1)
    inside = graph.add("MatMul", around, turned)
    axis = graph.constant([1])
    low, high = graph.add("ReduceMin", inside, axis), graph.add("ReduceMax", inside, axis)
    half = graph.add("Mul", graph.add("Add", low, high), graph.constant(0.5))
    back = graph.add("Transpose", turned, perm=(0, 2, 1))
    middle = graph.add("Transpose", graph.add("MatMul", half, back), perm=(0, 2, 1))
    scale = np.array([options["scale_x"], options["scale_y"]], np.float32) / sides
    size = graph.add("Mul", graph.add("Sub", high, low), graph.constant(scale))
    linear = graph.add("Mul", turned, size)
    corner = graph.add("MatMul", linear, graph.constant(-sides[:, None] / 2))
    moved = graph.add("Add", middle, corner)
    nothing = graph.constant(np.zeros((1, 2, 1)))
    top = graph.add("Concat", linear, nothing, moved, axis=2)
    bottom = graph.constant([[[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]])
    net.values[step.outputs[0]] = graph.add("Concat", top, bottom, axis=1)


def _turn_level(net: Translation, flat: str, left: int, right: int) -> str:
    """(1, 2, 2): takes a row vector onto axes of which the first leads from `left` to `right`."""
    graph = net.graph
    first = graph.add("Gather", flat, graph.constant([left]), axis=1)
    second = graph.add("Gather", flat, graph.constant([right]), axis=1)
    across = graph.add("Sub", second, first)
    length = graph.add("ReduceL2", across, graph.constant([2]))
    unit = graph.add("Div", across, graph.add("Max", length, graph.constant(_TINY)))
    entries = graph.constant([[1.0, 0.0, 0.0, 1.0], [0.0, -1.0, 1.0, 0.0]])
    return graph.add("Reshape", graph.add("MatMul", unit, entries), graph.constant([1, 2, 2]))


def _cut_square(net: Translation, step: Operator) -> None:
    """Features and a matrix -> the square of features, bilinear; black where it leaves them."""
    _check_version(step)
    graph, (features, matrix) = net.graph, step.inputs
    height, width = step.custom["output_height"], step.custom["output_width"]
    _, rows, columns, _ = net.shape(features)
    y, x = np.mgrid[:height, :width].reshape(2, -1, 1) + 0.5  # pixel centres
    centres = np.concatenate([x, y, np.zeros_like(x), np.ones_like(x)], axis=1)
    onto = graph.add("Transpose", net.value(matrix), perm=(0, 2, 1))
    pixels = _first_columns(net, graph.add("MatMul", graph.constant(centres), onto), 2)
    # GridSample counts from -1 to 1, edge to edge.
    whole = np.array([2 / columns, 2 / rows])
    grid = graph.add("Sub", graph.add("Mul", pixels, graph.constant(whole)), graph.constant(1.0))
    grid = graph.add("Reshape", grid, graph.constant([1, height, width, 2]))
    square = graph.add("GridSample", net.value(features), grid, mode="linear")
    net.values[step.outputs[0]] = graph.add(
        "Mul", square, _inside(net, grid, 1 - whole / 2, (1, 1, height, width))
    )


def _inside(
    net: Translation, grid: str, limit: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> str:
    """1 where a place of the grid lies between the middles of the outermost pixels, else 0."""
    graph = net.graph
    reach = graph.add("Mul", graph.add("Abs", grid), graph.constant(1 / limit))
    worse = graph.add("ReduceMax", reach, graph.constant([3]))
    inside = graph.add("LessOrEqual", worse, graph.constant(1.0))
    return graph.add(
        "Reshape", graph.add("Cast", inside, to=TensorProto.FLOAT), graph.constant(shape)
    )


def _return_points(net: Translation, step: Operator) -> None:
    """Points (1, N, 2) of the square and its matrix -> the points where the square was cut."""
    _check_version(step)
    graph, (points, matrix) = net.graph, step.inputs
    if net.shape(points)[-1] != 2:
        raise TfliteError(f"operator {step.name} must take points of two coordinates")
    onto = graph.add("Transpose", net.value(matrix), perm=(0, 2, 1))  # for row vectors
    onto = _first_columns(net, onto, 2)
    linear = graph.add("Gather", onto, graph.constant([0, 1]), axis=1)
    shift = graph.add("Gather", onto, graph.constant([3]), axis=1)
    moved = graph.add("MatMul", net.value(points), linear)
    net.values[step.outputs[0]] = graph.add("Add", moved, shift)


def _first_columns(net: Translation, value: str, count: int) -> str:
    columns = net.graph.constant(np.arange(count))
    return net.graph.add("Gather", value, columns, axis=2)


def _check_version(step: Operator) -> None:
    if step.version != _VERSION:
        raise TfliteError(
            f"operator {step.name} must be of version {_VERSION}, got version {step.version}"
        )


ATTENTION_OPERATORS: Mapping[str, Translator] = MappingProxyType(
    {
        "Landmarks2TransformMatrix": _find_matrix,
        "TransformTensorBilinear": _cut_square,
        "TransformLandmarks": _return_points,
    }
)
"""The translation of each operator, by its own name."""
