"""Builds a TensorRT plan from an ONNX file, for this card and this TensorRT; it takes minutes.

It stands here and not in `export/`, because a plan cannot be handed on: it is built on the machine
that runs it, when it is first needed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engines.base import EngineError
from engines.trt_api import (
    Features,
    TensorRt,
    TrtBuilder,
    TrtConfig,
    TrtNetwork,
    find_features,
    make_logger,
)
from engines.trt_progress import BuildProgress, Report, make_monitor

logger = logging.getLogger(__name__)

WORKSPACE_BYTES = 4 << 30
"""The most bytes that one layer may use while it is timed and run."""

HALF = ("fp16", "mixed")
"""Precisions of the files that hold float16 arithmetic."""


@dataclass(frozen=True, slots=True)
class Build:
    """A plan to build. float32 multiplies in TF32 on Ampere and newer cards."""

    name: str
    """The net's name, for messages."""
    onnx: bytes
    """The content of the ONNX file."""
    precision: str
    """The arithmetic in the file: "fp32", "fp16" or "mixed"."""
    batches: tuple[int, int, int]
    """The least, the usual and the most items of a call."""
    timing: bytes = b""
    """TensorRT's measurements of earlier builds, which need not be repeated then."""
    workspace_bytes: int = WORKSPACE_BYTES
    """The most bytes that one layer may use."""


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """A plan, ready to run or to keep."""

    plan: bytes
    """The plan as TensorRT serialises it."""
    timing: bytes
    """TensorRT's measurements, for later builds; empty when it keeps none."""


def build_plan(
    job: Build,
    trt: TensorRt,
    *,
    report: Report = lambda fraction, left_s: None,
    stopped: Callable[[], bool] = lambda: False,
) -> BuiltPlan:
    """Build a plan; the card must be the current one of the calling thread (`Gpu.enter`).

    report: called from any thread with the fraction done and the seconds left, where this TensorRT
    reports progress (10 and newer). stopped: asked at each step; True ends the build.
    Raises EngineError when the net cannot be read or built, or the build was stopped.
    """
    has, log = find_features(trt), make_logger(trt)
    builder = trt.Builder(log)
    network = builder.create_network(_network_flags(trt, has))
    _parse(job, trt, network, log)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, job.workspace_bytes)
    _set_precision(job, trt, has, config)
    _set_batches(job, builder, network, config)
    _set_timing(job, config)
    monitor = make_monitor(trt, BuildProgress(report, stopped)) if has.progress else None
    if monitor is not None:
        config.progress_monitor = monitor
    plan = builder.build_serialized_network(network, config)
    if stopped():
        raise EngineError(f"the build of {job.name} was stopped")
    if plan is None:
        raise EngineError(_describe_refusal(job, trt, "build", log.error))
    cache = config.get_timing_cache()
    return BuiltPlan(bytes(plan), bytes(cache.serialize()) if cache is not None else b"")


def _network_flags(trt: TensorRt, has: Features) -> int:
    flags, names = 0, trt.NetworkDefinitionCreationFlag
    if has.strong_typing:
        flags |= 1 << int(names.STRONGLY_TYPED)
    if has.explicit_batch_flag:
        flags |= 1 << int(names.EXPLICIT_BATCH)
    return flags


def _parse(job: Build, trt: TensorRt, network: TrtNetwork, log: Any) -> None:
    parser = trt.OnnxParser(network, log)
    if parser.parse(job.onnx):
        return
    first = parser.get_error(0).desc() if parser.num_errors else log.error
    raise EngineError(_describe_refusal(job, trt, "read", str(first)))


def _describe_refusal(job: Build, trt: TensorRt, verb: str, reason: str) -> str:
    reason = " ".join(reason.split()) or "it gives no reason"
    return f"TensorRT {trt.__version__} cannot {verb} {job.name}: {reason}; use device cuda"


def _set_precision(job: Build, trt: TensorRt, has: Features, config: TrtConfig) -> None:
    if has.profile_sharing_flag:
        preview: Any = trt.PreviewFeature  # type: ignore[attr-defined]
        config.set_preview_feature(preview.PROFILE_SHARING_0806, True)
    if has.strong_typing or job.precision not in HALF:
        return
    config.set_flag(trt.BuilderFlag.FP16)
    logger.warning(
        "TensorRT %s may use float16 where %s has float32; "
        "TensorRT 10 or newer keeps to the precision in the file",
        trt.__version__,
        job.name,
    )


def _set_batches(job: Build, builder: TrtBuilder, network: TrtNetwork, config: TrtConfig) -> None:
    profile, free = builder.create_optimization_profile(), False
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        shape = tuple(int(size) for size in tensor.shape)
        if min(shape[1:], default=1) < 0:
            raise EngineError(f"{job.name}: {tensor.name} must have no free axis but the first")
        if shape[:1] == (-1,):
            least, usual, most = ((batch, *shape[1:]) for batch in job.batches)
            profile.set_shape(tensor.name, least, usual, most)
            free = True
    if free and config.add_optimization_profile(profile) < 0:
        raise EngineError(f"TensorRT refuses batches {job.batches} for {job.name}")


def _set_timing(job: Build, config: TrtConfig) -> None:
    """TensorRT refuses measurements of another version or card; an empty cache replaces them."""
    for blob in (job.timing, b""):
        cache = config.create_timing_cache(blob)
        if cache is not None and config.set_timing_cache(cache, False):
            return
    logger.debug("this TensorRT keeps no timing cache")
