"""TensorRT hosts for tests: one of fakes, and the real one where this machine has it."""

from pathlib import Path

import numpy as np
import pytest

from engines.base import Array, EngineError
from engines.gpu import Gpu
from engines.store import EngineKey, EngineStore
from engines.trt_open import TrtHost, find_host
from tests.support.fake_cuda import FakeCudaDriver
from tests.support.fake_tensorrt import FakeTensorRt

VERSIONS = ("8.6.1", "10.13.3", "11.4.0.106")


def fake_host(folder: Path, version: str = VERSIONS[-1]) -> tuple[TrtHost, FakeTensorRt]:
    trt = FakeTensorRt(FakeCudaDriver(), version)
    return TrtHost(trt, Gpu(trt.driver), EngineStore(folder)), trt


def real_host(folder: Path) -> TrtHost:
    """The TensorRT host of this machine; skips the test where there is none."""
    try:
        return find_host(folder)
    except EngineError as error:
        pytest.skip(str(error))


def some_key(**changes: object) -> EngineKey:
    facts = {
        "onnx_sha256": "0" * 64,
        "precision": "fp16",
        "batches": (1, 1, 8),
        "gpu": "Fake 4090",
        "capability": "8.9",
        "driver": "580.65 CUDA 13.2",
        "tensorrt": "11.4.0.106",
    }
    return EngineKey(**{**facts, **changes})  # type: ignore[arg-type]


def expression(batch: int, seed: int = 0) -> Array:
    values: Array = np.random.default_rng(seed).normal(size=(batch, 13)).astype(np.float32)
    return values
