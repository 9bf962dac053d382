"""engines/trt_open.py: from the cache at once, else ONNX Runtime until TensorRT is ready."""

import importlib.util
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engines import open_engine
from engines.base import EngineError
from engines.onnx_file import read_onnx, sha256_of
from engines.ort import OrtEngine
from engines.sealed_folder import SealError
from engines.swap import SwappingEngine
from engines.trt import TrtEngine
from engines.trt_open import open_kept, open_tensorrt
from tests.support.fakes import write_motion
from tests.support.trt_parts import VERSIONS, expression, fake_host, real_host

HAS_TENSORRT = importlib.util.find_spec("tensorrt") is not None


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    return write_motion(tmp_path / "motion.onnx")


def swapped(engine: object, timeout_s: float = 60.0) -> SwappingEngine:
    """Called without a pause until TensorRT serves."""
    assert isinstance(engine, SwappingEngine)
    reference = np.array(engine(expression=expression(1))["motion"])
    end = time.monotonic() + timeout_s
    while engine.device != "tensorrt":
        assert time.monotonic() < end, engine.reason
        assert engine.state.stage != "failed", engine.reason
        assert np.allclose(engine(expression=expression(1))["motion"], reference, atol=1e-3)
    assert np.allclose(engine(expression=expression(1))["motion"], reference, atol=1e-3)
    return engine


@pytest.mark.parametrize("version", VERSIONS)
def test_first_start_builds_while_serving_and_the_next_has_it_at_once(
    tmp_path: Path, motion: Path, version: str
) -> None:
    host, trt = fake_host(tmp_path / "cache", version)
    engine = swapped(open_tensorrt(host, read_onnx(motion), "fp32"))
    engine.close()
    assert trt.driver.in_use == 0
    again, other = fake_host(tmp_path / "cache", version)
    kept = open_tensorrt(again, read_onnx(motion), "fp32")

    assert isinstance(kept, TrtEngine)
    assert (len(trt.builds), len(other.builds)) == (1, 0)
    wanted = OrtEngine(read_onnx(motion), device="cpu")(expression=expression(3))["motion"]
    assert np.array_equal(kept(expression=expression(3))["motion"], wanted)


def test_damaged_cache_is_rebuilt_while_the_stream_goes_on(tmp_path: Path, motion: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    swapped(open_tensorrt(host, read_onnx(motion), "fp32")).close()
    (file,) = (tmp_path / "cache").glob("*.plan")
    file.write_bytes(file.read_bytes()[:-5])
    swapped(open_tensorrt(host, read_onnx(motion), "fp32")).close()

    assert len(trt.builds) == 2
    assert isinstance(open_tensorrt(host, read_onnx(motion), "fp32"), TrtEngine)


def test_plan_that_tensorrt_refuses_is_rebuilt(tmp_path: Path, motion: Path) -> None:
    host, _trt = fake_host(tmp_path / "cache")
    key = host.key(sha256_of(motion), "fp32", (1, 1, 8))
    host.store.get(key, lambda: b"sealed by us, and no plan")
    with pytest.raises(SealError, match="TensorRT refuses its own engine"):
        open_kept(host, read_onnx(motion), "fp32")

    swapped(open_tensorrt(host, read_onnx(motion), "fp32")).close()


def test_net_that_tensorrt_cannot_read_is_served_on(tmp_path: Path, motion: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    trt.unsupported = {"MatMul"}
    engine = open_tensorrt(host, read_onnx(motion), "fp32")
    assert isinstance(engine, SwappingEngine)
    engine.wait(30)
    engine(expression=expression(1))

    assert engine.reason.endswith(
        "cannot read motion.onnx: No importer registered for op: MatMul.; use device cuda"
    )
    engine.close()


def test_engine_that_fails_its_warm_up_gives_everything_back(tmp_path: Path, motion: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    swapped(open_tensorrt(host, read_onnx(motion), "fp32")).close()
    trt.driver.failing["cuStreamSynchronize"] = 700

    with pytest.raises(EngineError, match="cuStreamSynchronize says 700"):
        open_kept(host, read_onnx(motion), "fp32")
    assert trt.driver.in_use == 0


def test_closing_in_the_middle_of_a_build_keeps_nothing(tmp_path: Path, motion: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    engines: list[SwappingEngine] = []
    opened = threading.Event()

    def stop_it() -> None:
        opened.wait(30)
        engines[0]._watch.stop()

    trt.during_build = stop_it
    engine = open_tensorrt(host, read_onnx(motion), "fp32")
    assert isinstance(engine, SwappingEngine)
    engines.append(engine)
    opened.set()
    engine.close()

    assert not list((tmp_path / "cache").glob("*.plan"))
    assert trt.driver.in_use == 0


def test_cache_that_cannot_be_used_is_said_by_the_engine(tmp_path: Path, motion: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    host, _ = fake_host(tmp_path / "file" / "cache")
    engine = swapped(open_tensorrt(host, read_onnx(motion), "fp32"))

    assert "engines are not kept, each start builds them" in engine.reason
    engine.close()


def test_weights_in_another_file_are_refused_before_any_build(tmp_path: Path) -> None:
    import onnx

    host, trt = fake_host(tmp_path / "cache")
    net = onnx.load(write_motion(tmp_path / "motion.onnx"))
    split = tmp_path / "split.onnx"
    onnx.save(net, split, save_as_external_data=True, location="w", size_threshold=0)

    with pytest.raises(EngineError, match="keeps weights in another file"):
        open_tensorrt(host, read_onnx(split), "fp32")
    assert trt.builds == []


@pytest.mark.skipif(HAS_TENSORRT, reason="this machine has TensorRT")
def test_machine_without_tensorrt_says_what_to_install(motion: Path) -> None:
    with pytest.raises(EngineError, match=r"TensorRT does not load .*pip install 'reenact\[tens"):
        open_engine(motion, "tensorrt")


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_tensorrt_takes_over_from_onnx_runtime(tmp_path: Path, motion: Path) -> None:
    host = real_host(tmp_path / "cache")
    engine = swapped(open_tensorrt(host, read_onnx(motion), "fp32"), timeout_s=600)
    engine.close()

    kept = open_tensorrt(host, read_onnx(motion), "fp32")
    assert isinstance(kept, TrtEngine)
    assert kept.reason == ""
    kept.close()
