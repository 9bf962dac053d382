"""engines/trt.py: a plan of ours gives what ONNX Runtime gives, batch by batch, and leaks nothing.

The fakes run the plan's ONNX file; the tests marked gpu do the same on a real card.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from engines.base import Array, EngineError
from engines.onnx_file import read_onnx, sha256_of
from engines.ort import OrtEngine
from engines.store import PlanRefusedError, StoredPlan
from engines.swap import BuildWatch, describe_disagreement
from engines.trt import TrtEngine
from engines.trt_open import BATCHES
from tests.support.fake_cuda import OUT_OF_MEMORY
from tests.support.fake_tensorrt import FakeTensorRt
from tests.support.fakes import ROWS, WIDTH, write_motion, write_net, write_synthesis
from tests.support.trt_parts import VERSIONS, expression, fake_host, real_host, some_key


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(
    tmp_path: Path, path: Path, version: str = VERSIONS[-1]
) -> tuple[TrtEngine, FakeTensorRt]:
    host, trt = fake_host(tmp_path / "cache", version)
    net = read_onnx(path)
    key = host.key(net.sha256, "fp32", BATCHES)
    engine = host.build(net, key, BuildWatch(lambda *_: None))
    assert isinstance(engine, TrtEngine)
    return engine, trt


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    return write_motion(tmp_path / "motion.onnx")


def test_plan_gives_what_onnx_runtime_gives(tmp_path: Path, motion: Path, version: str) -> None:
    engine, _ = build(tmp_path, motion, version)
    reference = OrtEngine(read_onnx(motion), device="cpu")

    for seed, batch in enumerate((1, 1, 3, 1, 8, 3)):
        given = expression(batch, seed)
        assert np.array_equal(
            engine(expression=given)["motion"], reference(expression=given)["motion"]
        )


def test_picture_is_bytes_as_they_are(tmp_path: Path) -> None:
    path = write_synthesis(tmp_path / "synthesis.onnx")
    engine, _ = build(tmp_path, path)
    w = np.random.default_rng(3).normal(size=(2, ROWS, WIDTH)).astype(np.float32)

    picture = engine(w=w)["picture"]

    assert picture.dtype == np.uint8
    assert np.array_equal(picture, OrtEngine(read_onnx(path), device="cpu")(w=w)["picture"])


def test_tensors_are_named_whatever_their_order(tmp_path: Path, motion: Path) -> None:
    engine, _ = build(tmp_path, motion)
    reference = OrtEngine(read_onnx(motion), device="cpu")

    assert dict(engine.inputs) == dict(reference.inputs)
    assert dict(engine.outputs) == dict(reference.outputs)
    assert (engine.device, engine.reason, engine.batches) == ("tensorrt", "", (1, 8))


def test_call_is_one_launch_from_its_second_time_on(tmp_path: Path, motion: Path) -> None:
    engine, trt = build(tmp_path, motion)  # has warmed up batch 1
    for batch, launches in ((1, 1), (2, 1), (2, 2), (1, 3)):
        engine(expression=expression(batch))
        assert trt.driver.launches == launches


def test_result_outlives_the_next_call(tmp_path: Path, motion: Path) -> None:
    engine, _ = build(tmp_path, motion)
    first = engine(expression=expression(1))["motion"]
    kept = first.copy()
    engine(expression=expression(1, seed=9))

    assert np.array_equal(first, kept)


def test_batch_sizes_seldom_used_give_their_memory_back(tmp_path: Path, motion: Path) -> None:
    engine, trt = build(tmp_path, motion)
    for batch in range(1, 9):
        engine(expression=expression(batch))

    assert len(trt.driver.graphs) == 4
    reference = OrtEngine(read_onnx(motion), device="cpu")(expression=expression(1))
    assert np.array_equal(engine(expression=expression(1))["motion"], reference["motion"])


def test_close_gives_everything_back(tmp_path: Path, motion: Path) -> None:
    engine, trt = build(tmp_path, motion)
    engine(expression=expression(2))
    engine.close()
    engine.close()

    assert trt.driver.in_use == 0
    with pytest.raises(EngineError, match="closed"):
        engine(expression=expression(1))


@pytest.mark.parametrize("batch", [0, 9])
def test_batch_outside_the_profile_is_refused_and_the_stream_goes_on(
    tmp_path: Path, motion: Path, batch: int
) -> None:
    engine, _ = build(tmp_path, motion)

    with pytest.raises(EngineError, match=rf"built for 1 to 8 items a call, got {batch}; split"):
        engine(expression=expression(batch))
    assert engine(expression=expression(8))["motion"].shape == (8, ROWS, WIDTH)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"expression": np.zeros((1, 12), np.float32)}, r"expression must be float32"),
        ({"expression": np.zeros((1, 13))}, "got float64"),
        ({"face": np.zeros((1, 13), np.float32)}, "inputs must be expression, got face"),
    ],
    ids=["shape", "dtype", "name"],
)
def test_input_that_does_not_fit_is_refused(
    tmp_path: Path, motion: Path, inputs: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        build(tmp_path, motion)[0](**inputs)


def test_inputs_of_two_batch_sizes_are_refused(tmp_path: Path) -> None:
    path = write_net(
        tmp_path / "sum.onnx",
        [helper.make_node("Add", ["a", "b"], ["c"])],
        {"a": (TensorProto.FLOAT, [2]), "b": (TensorProto.FLOAT, [2])},
        {"c": (TensorProto.FLOAT, [2])},
    )
    engine, _ = build(tmp_path, path)

    with pytest.raises(EngineError, match=r"one batch size, got \[1, 2\]"):
        engine(a=np.ones((2, 2), np.float32), b=np.ones((1, 2), np.float32))


def test_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    host, _ = fake_host(tmp_path)

    with pytest.raises(PlanRefusedError, match=r"refuses its own engine: .*bad version tag"):
        TrtEngine(StoredPlan(some_key(), b'{"version": "10.0"}\n'), trt=host.trt, gpu=host.gpu)


def test_work_that_cannot_be_recorded_is_launched_step_by_step_and_said(
    tmp_path: Path, motion: Path
) -> None:
    host, trt = fake_host(tmp_path / "cache")
    trt.driver.failing["cuStreamEndCapture"] = 901
    net = read_onnx(motion)
    key = host.key(net.sha256, "fp32", BATCHES)
    engine = host.build(net, key, BuildWatch(lambda *_: None))

    reference = OrtEngine(read_onnx(motion), device="cpu")(expression=expression(1))
    assert np.array_equal(engine(expression=expression(1))["motion"], reference["motion"])
    assert "step by step, not as one CUDA graph" in engine.reason
    assert trt.driver.launches == 0


def test_failure_on_the_card_is_a_sentence(tmp_path: Path, motion: Path) -> None:
    engine, trt = build(tmp_path, motion)
    trt.driver.failing["cuGraphLaunch"] = 700

    with pytest.raises(EngineError, match=r"cuGraphLaunch says 700; restart"):
        engine(expression=expression(1))
    trt.driver.failing.clear()
    engine(expression=expression(1))


def test_card_without_memory_gives_back_what_it_gave(tmp_path: Path, motion: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    key = host.key(sha256_of(motion), "fp32", BATCHES)
    host.build(read_onnx(motion), key, BuildWatch(lambda *_: None)).close()
    trt.driver.failing["cuMemAllocHost"] = OUT_OF_MEMORY

    with pytest.raises(EngineError, match="cuMemAllocHost"):
        host.load(host.store.find(key))
    assert trt.driver.in_use == 0


def test_dtype_we_do_not_speak_is_named(tmp_path: Path) -> None:
    path = write_net(
        tmp_path / "double.onnx",
        [helper.make_node("Neg", ["a"], ["b"])],
        {"a": (TensorProto.DOUBLE, [2])},
        {"b": (TensorProto.DOUBLE, [2])},
    )

    with pytest.raises(EngineError, match="is DOUBLE, which is not supported"):
        build(tmp_path, path)


def test_reason_tells_that_an_engine_is_not_kept(tmp_path: Path, motion: Path) -> None:
    host, _ = fake_host(tmp_path / "cache")
    key = host.key(sha256_of(motion), "fp32", BATCHES)
    host.build(read_onnx(motion), key, BuildWatch(lambda *_: None)).close()
    plan = replace(host.store.find(key), note="not kept")

    assert host.load(plan).reason == "not kept"


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_plan_gives_what_onnx_runtime_gives(tmp_path: Path, motion: Path) -> None:
    host = real_host(tmp_path / "cache")
    path = write_synthesis(tmp_path / "synthesis.onnx")
    cases: dict[Path, Callable[[int], dict[str, Array]]] = {
        motion: lambda batch: {"expression": expression(batch)},
        path: lambda batch: {"w": np.ones((batch, ROWS, WIDTH), np.float32) / 3},
    }
    for net, inputs in cases.items():
        key = host.key(sha256_of(net), "fp32", BATCHES)
        engine = host.build(read_onnx(net), key, BuildWatch(lambda *_: None))
        reference = OrtEngine(read_onnx(net), device="cpu")
        for batch in (1, 1, 3, 1, 8, 3):
            given = inputs(batch)
            assert describe_disagreement(reference(**given), engine(**given)) == ""
        assert engine.reason == ""
        engine.close()
        host.load(host.store.find(key)).close()
