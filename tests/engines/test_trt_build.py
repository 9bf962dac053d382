"""engines/trt_build.py: each TensorRT is asked for what it has, and its refusals are sentences."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto, helper

from engines.base import EngineError
from engines.trt_build import WORKSPACE_BYTES, Build, BuiltPlan, build_plan
from engines.trt_progress import BuildProgress
from tests.support.fake_cuda import FakeCudaDriver
from tests.support.fake_tensorrt import FakeTensorRt
from tests.support.fakes import write_motion, write_net
from tests.support.trt_parts import VERSIONS


@pytest.fixture
def job(tmp_path: Path) -> Build:
    onnx = write_motion(tmp_path / "motion.onnx").read_bytes()
    return Build("motion.onnx", onnx, "fp16", (1, 2, 8))


def tensorrt(version: str) -> FakeTensorRt:
    return FakeTensorRt(FakeCudaDriver(), version)


@pytest.mark.parametrize(
    ("version", "precision", "typed", "flags"),
    [
        ("8.6.1", "fp16", False, {"fp16"}),
        ("8.6.1", "mixed", False, {"fp16"}),
        ("8.6.1", "fp32", False, set()),
        ("10.13.3", "fp16", True, set()),
        ("11.4.0.106", "fp16", True, set()),
    ],
)
def test_precision_is_the_files(
    job: Build, version: str, precision: str, typed: bool, flags: set[str]
) -> None:
    trt = tensorrt(version)
    build_plan(replace(job, precision=precision), trt)

    assert (trt.builds[0]["typed"], trt.builds[0]["flags"]) == (typed, flags)


def test_old_tensorrt_warns_that_it_may_use_float16_elsewhere(
    job: Build, caplog: pytest.LogCaptureFixture
) -> None:
    build_plan(job, tensorrt("8.6.1"))

    assert "may use float16 where motion.onnx has float32" in caplog.text


@pytest.mark.parametrize("version", VERSIONS)
def test_profile_holds_the_batches(job: Build, version: str) -> None:
    trt = tensorrt(version)
    build_plan(job, trt)

    config = trt.builds[0]["config"]
    assert config.profiles == [{"expression": ((1, 13), (2, 13), (8, 13))}]
    assert config.workspace == WORKSPACE_BYTES


@pytest.mark.parametrize(
    ("earlier", "taken"),
    [
        (b"", b""),
        (b"timing of this card", b"timing of this card"),
        (b"timing of another card", b""),
        (b"damaged", b""),
    ],
)
def test_measurements_are_used_again_where_they_fit(
    job: Build, earlier: bytes, taken: bytes
) -> None:
    trt = tensorrt(VERSIONS[-1])
    built = build_plan(replace(job, timing=earlier), trt)

    assert trt.builds[0]["config"].timing.blob == taken
    assert built.timing == b"timing of this card"


@pytest.mark.parametrize("version", VERSIONS)
def test_net_that_cannot_be_read_is_one_sentence(tmp_path: Path, version: str) -> None:
    path = write_net(
        tmp_path / "det.onnx",
        [helper.make_node("Det", ["a"], ["b"])],
        {"a": (TensorProto.FLOAT, [2, 2])},
        {"b": (TensorProto.FLOAT, [])},
    )

    with pytest.raises(EngineError) as caught:
        build_plan(Build("det.onnx", path.read_bytes(), "fp32", (1, 1, 8)), tensorrt(version))
    assert str(caught.value) == (
        f"TensorRT {version} cannot read det.onnx: No importer registered for op: Det.; "
        "use device cuda"
    )


def test_file_that_is_no_net_is_one_sentence() -> None:
    with pytest.raises(EngineError, match=r"cannot read text.onnx: Failed to parse"):
        build_plan(Build("text.onnx", b"not a net", "fp32", (1, 1, 8)), tensorrt("11.4"))


def test_second_free_axis_is_refused(tmp_path: Path) -> None:
    path = write_net(
        tmp_path / "free.onnx",
        [helper.make_node("Neg", ["a"], ["b"])],
        {"a": (TensorProto.FLOAT, ["M"])},  # type: ignore[list-item]
        {"b": (TensorProto.FLOAT, ["M"])},  # type: ignore[list-item]
    )

    with pytest.raises(EngineError, match="a must have no free axis but the first"):
        build_plan(Build("free.onnx", path.read_bytes(), "fp32", (1, 1, 8)), tensorrt("11.4"))


def test_build_that_fails_says_what_tensorrt_says(job: Build) -> None:
    class Refusing(FakeTensorRt):
        def Builder(self, log: Any, /) -> Any:
            builder: Any = super().Builder(log)
            builder.build_serialized_network = lambda *_: log.log(
                self.ILogger.Severity.ERROR, "Error Code 10: no implementation for node X\n"
            )
            return builder

    with pytest.raises(EngineError, match=r"cannot build motion.onnx: Error Code 10: no impl"):
        build_plan(job, Refusing(FakeCudaDriver()))


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_progress_only_grows_and_ends_near_one(job: Build, version: str) -> None:
    told: list[float] = []
    build_plan(job, tensorrt(version), report=lambda done, left: told.append(done or 0.0))

    assert len(told) >= 8
    assert told == sorted(told)
    assert 0.85 <= told[-1] <= 1


def test_old_tensorrt_tells_no_progress(job: Build) -> None:
    told: list[float | None] = []
    build_plan(job, tensorrt("8.6.1"), report=lambda done, left: told.append(done))

    assert told == []


@pytest.mark.parametrize("version", VERSIONS)
def test_stopped_build_gives_no_plan(job: Build, version: str) -> None:
    with pytest.raises(EngineError, match=r"the build of motion.onnx was stopped"):
        build_plan(job, tensorrt(version), stopped=lambda: True)


def test_time_left_follows_the_share_done() -> None:
    now, told = [0.0], list[tuple[float | None, float | None]]()
    progress = BuildProgress(lambda *row: told.append(row), lambda: False, lambda: now[0])
    progress.start("build", None, 9)
    now[0] = 10.0
    progress.step("build", 4)

    ((done, left),) = told
    assert done == pytest.approx(0.5)
    assert left == pytest.approx(10.0)


def test_plan_is_bytes(job: Build) -> None:
    built = build_plan(job, tensorrt(VERSIONS[-1]))

    assert isinstance(built, BuiltPlan)
    assert type(built.plan) is bytes
