"""engines/ort.py: runs the net, on the device it says, or explains itself in one sentence."""

import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from engines import ON_PROCESSOR, open_engine
from engines.base import EngineError, TensorSpec
from engines.cores import physical_cores
from engines.onnx_file import read_onnx
from engines.ort import BoundRun, OrtEngine
from engines.ort_devices import ORT_DEVICES
from tests.support.fakes import ROWS, SIZE, WIDTH, write_motion, write_synthesis

ALL_PROVIDERS = [device.provider for device in ORT_DEVICES.values()]
HAS_CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
HAS_CARD = shutil.which("nvidia-smi") is not None


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    return write_motion(tmp_path / "motion.onnx")


def test_engine_runs_the_net(tmp_path: Path) -> None:
    engine = open_engine(write_synthesis(tmp_path / "synthesis.onnx"), "cpu")

    picture = engine(w=np.zeros((1, ROWS, WIDTH), np.float32))["picture"]

    assert (picture == 100).all()
    assert (picture.shape, picture.dtype) == ((1, SIZE, SIZE, 3), np.dtype(np.uint8))


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


def test_device_is_the_one_really_used(motion: Path) -> None:
    assert open_engine(motion, "cpu").device == "cpu"


@pytest.mark.skipif(HAS_CUDA, reason="this onnxruntime has the CUDA provider")
def test_cuda_without_its_provider_is_refused_with_the_fix(motion: Path) -> None:
    with pytest.raises(EngineError, match=r"CUDAExecutionProvider, which .*: .*reenact\[gpu\]"):
        open_engine(motion, "cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not (HAS_CUDA and HAS_CARD), reason="no CUDA provider, or no nvidia-smi")
def test_cuda_is_really_used_and_gives_what_the_processor_gives(motion: Path) -> None:
    cuda, cpu = open_engine(motion, "cuda"), open_engine(motion, "cpu")

    assert cuda.device == "cuda"
    for batch in (1, 1, 3, 1):
        given = {"expression": np.full((batch, 13), 0.3, np.float32)}
        assert np.allclose(cuda(**given)["motion"], cpu(**given)["motion"], atol=1e-2)


def test_unknown_device_is_refused(motion: Path) -> None:
    with pytest.raises(EngineError, match=r"unknown device .tpu.; use one of auto, cpu, cuda"):
        open_engine(motion, "tpu")


@pytest.mark.parametrize("device", sorted(ORT_DEVICES.keys() - {"cpu"}))
def test_device_without_its_provider_says_how_to_get_it(motion: Path, device: str) -> None:
    wanted = ORT_DEVICES[device]
    if wanted.provider in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has {wanted.provider}")

    with pytest.raises(EngineError) as caught:
        open_engine(motion, device)
    assert str(caught.value) == (
        f"{device} needs an onnxruntime with {wanted.provider}, which this one lacks: "
        + wanted.install
    )


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_provider_that_does_not_start_is_never_replaced_in_silence(
    motion: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime-gpu without a card lists the CUDA provider and then runs on the CPU."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(ALL_PROVIDERS))

    with pytest.raises(EngineError, match=r"did not start|does not load"):
        OrtEngine(read_onnx(motion), device="cuda")


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_auto_says_why_it_took_nothing_better(
    motion: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(ALL_PROVIDERS))
    engine = open_engine(motion, "auto")

    assert engine.device in ON_PROCESSOR
    assert "cuda was asked for, but its CUDAExecutionProvider did not start" in engine.reason
    assert "going on without cuda" in caplog.text


@pytest.mark.skipif(HAS_CARD, reason="auto takes the card here")
def test_processor_has_a_reason_only_when_it_was_not_asked_for(motion: Path) -> None:
    assert open_engine(motion, "auto").reason.startswith("cuda ")
    assert open_engine(motion, "cpu").reason == ""


@pytest.mark.parametrize("name", ["generator.engine", "generator.plan", "generator.trt"])
def test_built_engine_is_never_accepted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"code")

    with pytest.raises(EngineError, match=r"therefore never accepted; give the ONNX file"):
        open_engine(tmp_path / name)


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_weights_in_another_file_are_refused(tmp_path: Path, device: str) -> None:
    net = onnx.load(write_motion(tmp_path / "motion.onnx"))
    onnx.save(
        net, tmp_path / "split.onnx", save_as_external_data=True, location="w", size_threshold=0
    )

    with pytest.raises(EngineError, match=r"split.onnx keeps weights in another file"):
        open_engine(tmp_path / "split.onnx", device)


WRONG_TENSORS = {
    "name": TensorSpec("face", (None, 13), "float32"),
    "shape": TensorSpec("expression", (None, 12), "float32"),
    "dtype": TensorSpec("expression", (None, 13), "uint8"),
    "axes": TensorSpec("expression", (None, 13, 1), "float32"),
}


@pytest.mark.parametrize("wanted", WRONG_TENSORS.values(), ids=WRONG_TENSORS)
def test_another_net_is_refused(motion: Path, wanted: TensorSpec) -> None:
    with pytest.raises(EngineError, match=r"motion.onnx must have the tensors .* another net"):
        open_engine(motion, "cpu", inputs=[wanted])


def test_wanted_net_is_taken(motion: Path) -> None:
    wanted = TensorSpec("motion", (None, ROWS, WIDTH), "float32")

    assert open_engine(motion, "cpu", outputs=[wanted]).outputs == {"motion": wanted}


def test_bound_tensors_give_what_plain_calls_give(motion: Path) -> None:
    """In the memory of the processor: the same calls as on a card."""
    session = onnxruntime.InferenceSession(str(motion), providers=["CPUExecutionProvider"])
    plain, bound = OrtEngine(read_onnx(motion), device="cpu"), BoundRun(session, memory="cpu")

    for seed, batch in enumerate((1, 1, 3, 2, 1)):
        given = np.random.default_rng(seed).normal(size=(batch, 13)).astype(np.float32)
        (result,) = bound(["motion"], {"expression": given})
        assert np.array_equal(result, plain(expression=given)["motion"])


def test_bound_result_outlives_the_next_call(motion: Path) -> None:
    session = onnxruntime.InferenceSession(str(motion), providers=["CPUExecutionProvider"])
    bound = BoundRun(session, memory="cpu")
    (first,) = bound(["motion"], {"expression": np.ones((1, 13), np.float32)})
    kept = first.copy()
    bound(["motion"], {"expression": np.zeros((1, 13), np.float32)})

    assert np.array_equal(first, kept)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no net at .*gone.onnx"):
        open_engine(tmp_path / "gone.onnx")


def test_file_that_is_no_net_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a net")

    with pytest.raises(EngineError, match=r"text.onnx is no ONNX file that every runtime"):
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
    one = OrtEngine(read_onnx(motion), threads=1, spinning=spinning)
    two = OrtEngine(read_onnx(motion), threads=2)

    assert np.allclose(one(expression=source)["motion"], two(expression=source)["motion"])


def test_default_thread_count_fits_this_process() -> None:
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)
