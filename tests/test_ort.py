"""engines/ort.py: runs the net, on the device it says, or explains itself in one sentence."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from engines import open_engine
from engines.base import EngineError
from engines.ort import OrtEngine, physical_cores
from tests.fakes import ROWS, SIZE, WIDTH, write_motion, write_synthesis

HAS_CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    return write_motion(tmp_path / "motion.onnx")


def test_engine_runs_the_net(tmp_path: Path) -> None:
    engine = open_engine(write_synthesis(tmp_path / "synthesis.onnx"), "cpu")

    picture = engine(w=np.zeros((1, ROWS, WIDTH), np.float32))["picture"]

    assert (picture == 100).all()
    assert (picture.shape, picture.dtype) == ((1, SIZE, SIZE, 3), np.uint8)


def test_engine_names_its_tensors(motion: Path) -> None:
    engine = open_engine(motion)

    assert engine.inputs["expression"].shape == (None, 13)
    assert engine.outputs["motion"].shape == (None, ROWS, WIDTH)
    assert engine.outputs["motion"].dtype == "float32"


def test_free_axis_takes_any_size(motion: Path) -> None:
    engine = open_engine(motion)

    assert engine(expression=np.zeros((5, 13), np.float32))["motion"].shape == (5, ROWS, WIDTH)


def test_same_input_gives_same_output(motion: Path) -> None:
    source = np.random.default_rng(0).normal(size=(1, 13)).astype(np.float32)
    first, second = open_engine(motion), open_engine(motion)

    assert np.array_equal(first(expression=source)["motion"], second(expression=source)["motion"])


@pytest.mark.parametrize("device", ["auto", "cpu"])
@pytest.mark.skipif(HAS_CUDA, reason="auto takes the CUDA provider here")
def test_device_is_the_one_really_used(motion: Path, device: str) -> None:
    assert open_engine(motion, device).device == "cpu"


@pytest.mark.skipif(HAS_CUDA, reason="this onnxruntime has the CUDA provider")
def test_cuda_without_its_provider_is_refused_with_the_fix(motion: Path) -> None:
    with pytest.raises(EngineError, match=r"no CUDA provider: .*reenact\[gpu\]"):
        open_engine(motion, "cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not HAS_CUDA, reason="this onnxruntime has no CUDA provider")
def test_cuda_is_really_used(motion: Path) -> None:
    assert open_engine(motion, "cuda").device == "cuda"


def test_unknown_device_is_refused(motion: Path) -> None:
    with pytest.raises(EngineError, match=r"unknown device 'tpu'; use auto, cpu or cuda"):
        open_engine(motion, "tpu")


def test_unknown_backend_is_refused(motion: Path) -> None:
    with pytest.raises(EngineError, match="use one of ort"):
        open_engine(motion, backend="magic")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no net at .*gone.onnx"):
        open_engine(tmp_path / "gone.onnx")


def test_file_that_is_no_net_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a net")

    with pytest.raises(EngineError, match=r"text.onnx does not load on cpu"):
        open_engine(tmp_path / "text.onnx")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"expression": np.zeros((1, 12), np.float32)}, r"expression must be float32 \('\*', 13\)"),
        ({"expression": np.zeros((1, 13), np.float64)}, "got float64"),
        ({"face": np.zeros((1, 13), np.float32)}, "inputs must be expression, got face"),
        ({}, "inputs must be expression, got none"),
    ],
    ids=["shape", "dtype", "name", "nothing"],
)
def test_input_that_does_not_fit_is_refused(
    motion: Path, inputs: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        open_engine(motion)(**inputs)


def test_closed_engine_says_so(motion: Path) -> None:
    engine = open_engine(motion)
    engine.close()
    engine.close()

    with pytest.raises(EngineError, match=r"closed"):
        engine(expression=np.zeros((1, 13), np.float32))


@pytest.mark.parametrize("spinning", [True, False], ids=["spinning", "sleeping"])
def test_threads_do_not_change_the_result(motion: Path, spinning: bool) -> None:
    source = np.ones((1, 13), np.float32)
    one = OrtEngine(motion, threads=1, spinning=spinning)
    two = OrtEngine(motion, threads=2)

    assert np.allclose(one(expression=source)["motion"], two(expression=source)["motion"])


def test_default_thread_count_fits_this_process() -> None:
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)
