"""The half-precision file keeps its ports, draws the same picture and survives huge codes."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from engines.onnx_file import read_onnx
from engines.ort import OrtEngine
from export.precision import to_half
from tests.support import narrow_graphs


def _half(name: str, folder: Path) -> Path:
    target = folder / "half.onnx"
    to_half(narrow_graphs.onnx_file(name), target)
    return target


def _kinds(path: Path) -> dict[str, int]:
    """Type of every value in the file."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    values = (*graph.input, *graph.output, *graph.value_info)
    kinds = {value.name: value.type.tensor_type.elem_type for value in values}
    return kinds | {weight.name: weight.data_type for weight in graph.initializer}


@pytest.mark.parametrize(
    "name", ["motion", "single-pass", "synthesis", "transposed", "blurred", "quick"]
)
def test_half_precision_file_computes_nearly_the_same(name: str, tmp_path: Path) -> None:
    path = _half(name, tmp_path)
    exact = OrtEngine(read_onnx(narrow_graphs.onnx_file(name)), device="cpu")
    engine = OrtEngine(read_onnx(path), device="cpu")
    assert (engine.inputs, engine.outputs) == (exact.inputs, exact.outputs)
    arrays = narrow_graphs.inputs(name)
    (expected,) = (array.astype(np.float32) for array in exact(**arrays).values())
    (got,) = (array.astype(np.float32) for array in engine(**arrays).values())
    assert np.abs(got - expected).max() < 0.02 * max(np.abs(expected).max(), 1.0)


@pytest.mark.parametrize("name", ["synthesis", "transposed", "blurred", "quick"])
def test_no_code_makes_the_picture_overflow(name: str, tmp_path: Path) -> None:
    codes = {"w": 1000 * narrow_graphs.inputs(name)["w"]}
    exact = read_onnx(narrow_graphs.onnx_file(name))
    (expected,) = OrtEngine(exact, device="cpu")(**codes).values()
    (got,) = OrtEngine(read_onnx(_half(name, tmp_path)), device="cpu")(**codes).values()
    assert expected.std() > 10
    assert np.mean(np.abs(got.astype(int) - expected)) < 1


def test_feature_maps_are_half_and_the_islands_are_not(tmp_path: Path) -> None:
    path = _half("synthesis", tmp_path)
    kinds, nodes = _kinds(path), onnx.load(path).graph.node
    convolutions = [node for node in nodes if node.op_type.startswith("Conv")]
    picturing = [node for node in convolutions if node.input[1].endswith(("doubling", "colours"))]
    assert {kinds[node.output[0]] for node in convolutions} == {1, TensorProto.FLOAT16}
    assert {node.input[1].split(".")[-1] for node in picturing} == {"doubling", "colours"}
    assert {kinds[node.output[0]] for node in picturing} == {TensorProto.FLOAT}
    islands = {"Gemm", "MatMul", "Reciprocal", "Round", "Sqrt"}
    found = {kinds[node.output[0]] for node in nodes if node.op_type in islands}
    assert found == {TensorProto.FLOAT}


def test_large_variances_do_not_overflow(tmp_path: Path) -> None:
    model = onnx.load(narrow_graphs.onnx_file("motion"))
    for weight in model.graph.initializer:
        if weight.name.endswith("res_layer.0.running_var"):
            large = onnx.numpy_helper.to_array(weight) * 1e6
            weight.CopyFrom(onnx.numpy_helper.from_array(large, weight.name))
    onnx.save(model, tmp_path / "large.onnx")
    to_half(tmp_path / "large.onnx", tmp_path / "half.onnx")
    arrays = narrow_graphs.inputs("motion")
    (expected,) = OrtEngine(read_onnx(tmp_path / "large.onnx"), device="cpu")(**arrays).values()
    (got,) = OrtEngine(read_onnx(tmp_path / "half.onnx"), device="cpu")(**arrays).values()
    np.testing.assert_allclose(got, expected, atol=0.02 * np.abs(expected).max())
