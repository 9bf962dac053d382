"""PyTorch computes from a file what ONNX Runtime computes from it."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from engines.base import Array, Engine, EngineError
from engines.onnx_file import read_onnx
from engines.ort import OrtEngine
from engines.pytorch import PytorchEngine
from export.precision import to_half
from reenact.packs.bundled import DEFAULT_PACK
from tests.support import narrow_graphs

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="PyTorch finds no CUDA device"
)


def _difference(got: Engine, expected: Engine, inputs: dict[str, Array]) -> float:
    """Largest, of the peak; of pixels in levels."""
    (truth,), (result,) = expected(**inputs).values(), got(**inputs).values()
    assert (truth.dtype, truth.shape) == (result.dtype, result.shape)
    assert truth.std() > 0
    largest = float(np.abs(result.astype(np.float64) - truth).max())
    return largest if truth.dtype == np.uint8 else largest / max(1.0, float(np.abs(truth).max()))


def _tolerance(name: str) -> float:
    pixels = narrow_graphs.declaration(name).outputs[0].dtype == "uint8"
    return 1.0 if pixels else 1e-4


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_file_gives_what_onnx_runtime_gives(name: str, batch: int) -> None:
    path = narrow_graphs.onnx_file(name)
    net = read_onnx(path)
    engine, reference = PytorchEngine(net, device="cpu"), OrtEngine(net, device="cpu")
    assert (engine.inputs, engine.outputs) == (reference.inputs, reference.outputs)
    inputs = narrow_graphs.inputs(name, batch)
    assert _difference(engine, reference, inputs) <= _tolerance(name)


@pytest.mark.parametrize("name", ["motion", "single-pass", "synthesis", "transposed", "blurred"])
def test_half_precision_file_runs(name: str, tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    to_half(narrow_graphs.onnx_file(name), path)
    net = read_onnx(path)
    engine, reference = PytorchEngine(net, device="cpu"), OrtEngine(net, device="cpu")
    tolerance = 3.0 if _tolerance(name) == 1.0 else 0.02
    assert _difference(engine, reference, narrow_graphs.inputs(name)) <= tolerance


@pytest.mark.parametrize("file", ["motion.onnx", "synthesis.onnx"])
def test_bundled_pack_runs(file: str) -> None:
    path = DEFAULT_PACK / file
    net = read_onnx(path)
    engine, reference = PytorchEngine(net, device="cpu"), OrtEngine(net, device="cpu")
    (spec,) = reference.inputs.values()
    rng = np.random.default_rng(0)
    item = [size or 1 for size in spec.shape]
    inputs = {spec.name: rng.uniform(-1, 1, item).astype(np.float32)}
    assert _difference(engine, reference, inputs) <= (1 if file.startswith("synthesis") else 1e-4)


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_gpu_gives_what_the_cpu_gives_for_every_batch(name: str) -> None:
    path = narrow_graphs.onnx_file(name)
    net = read_onnx(path)
    engine, reference = PytorchEngine(net, device="cuda"), PytorchEngine(net, device="cpu")
    assert engine.device == "cuda"
    for batch in (1, 2, 1, 3, 4, 5, 1):  # more shapes than are kept
        inputs = narrow_graphs.inputs(name, batch)
        assert _difference(engine, reference, inputs) <= 10 * _tolerance(name)


@pytest.mark.gpu
@needs_cuda
def test_gpu_results_are_the_callers_own() -> None:
    engine = PytorchEngine(read_onnx(narrow_graphs.onnx_file("synthesis")), device="cuda")
    inputs = narrow_graphs.inputs("synthesis")
    first = engine(**inputs)["picture"]
    kept = first.copy()
    engine(w=-inputs["w"])
    np.testing.assert_array_equal(first, kept)


def test_inputs_are_left_as_they_were() -> None:
    inputs = narrow_graphs.inputs("synthesis")
    kept = inputs["w"].copy()
    PytorchEngine(read_onnx(narrow_graphs.onnx_file("synthesis")), device="cpu")(**inputs)
    np.testing.assert_array_equal(inputs["w"], kept)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [({}, "inputs must be z"), ({"z": np.zeros((1, 3), np.float32)}, "z must be float32")],
    ids=["none", "of another shape"],
)
def test_inputs_that_do_not_fit_are_refused(inputs: dict[str, Array], message: str) -> None:
    engine = PytorchEngine(read_onnx(narrow_graphs.onnx_file("mapping")), device="cpu")
    with pytest.raises(EngineError, match=message):
        engine(**inputs)


def _net_of(operation: str, path: Path) -> Path:
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy"]
    node = helper.make_node(operation, ["x"], ["y"])
    onnx.save(helper.make_model(helper.make_graph([node], "net", ports[:1], ports[1:])), path)
    return path


def test_unknown_operation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="uses Erf"):
        PytorchEngine(read_onnx(_net_of("Erf", tmp_path / "net.onnx")), device="cpu")


@pytest.mark.parametrize("content", [b"", b"\xff not a net", b"\x08\x07"])
def test_file_that_is_no_net_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=r"net\.onnx (is no ONNX file|holds no net)"):
        PytorchEngine(read_onnx(path), device="cpu")


def test_missing_onnx_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    path = narrow_graphs.onnx_file("mapping")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(EngineError, match=r"reenact\[export\]"):
        PytorchEngine(read_onnx(path), device="cpu")


def test_missing_gpu_and_unknown_device_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = narrow_graphs.onnx_file("mapping")
    assert PytorchEngine(read_onnx(path), device="auto").device == "cpu"
    for device, message in (("cuda", "finds none"), ("tpu", "unknown device")):
        with pytest.raises(EngineError, match=message):
            PytorchEngine(read_onnx(path), device=device)


def test_closed_engine_refuses_to_run() -> None:
    engine = PytorchEngine(read_onnx(narrow_graphs.onnx_file("mapping")), device="cpu")
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine(**narrow_graphs.inputs("mapping"))
