"""ONNX -> TensorRT plan, for this card and this TensorRT only. Takes minutes.

It stands here and not in `export/` because a plan is no artefact to hand on: it is made where it
runs, when it is first wanted.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engines.base import EngineError
from engines.trt_api import Has, TensorRt, TrtBuilder, TrtConfig, TrtNetwork, features, make_logger
from engines.trt_progress import BuildProgress, Report, make_monitor

logger = logging.getLogger(__name__)

WORKSPACE_BYTES = 4 << 30
"""The most that one layer may use while it is timed and run."""

HALF = ("fp16", "mixed")
"""Precisions of files with float16 arithmetic in them."""


@dataclass(frozen=True, slots=True)
class Build:
    """What to build. name: of the net, for messages. batches: the least, the usual, the most.

    precision: "fp32", "fp16" or "mixed", already decided in the file. timing: measurements of
    earlier builds, which spare repeating them. float32 multiplies in TF32 on Ampere and newer.
    """

    name: str
    onnx: bytes
    precision: str
    batches: tuple[int, int, int]
    timing: bytes = b""
    workspace_bytes: int = WORKSPACE_BYTES


@dataclass(frozen=True, slots=True)
class Built:
    plan: bytes
    timing: bytes


def build_plan(
    job: Build,
    trt: TensorRt,
    *,
    report: Report = lambda fraction, left_s: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Built:
    """Build a plan; the card must be the calling thread's (`Gpu.enter`).

    report: called from any thread with the fraction done and the seconds left, where this
    TensorRT tells (10 and newer). stopped: asked at each step; True ends the build.
    Raises EngineError when the net cannot be read or built, or the build was stopped.
    """
    has, log = features(trt), make_logger(trt)
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
        raise EngineError(_refusal(job, trt, "build", log.error))
    cache = config.get_timing_cache()
    return Built(bytes(plan), bytes(cache.serialize()) if cache is not None else b"")


def _network_flags(trt: TensorRt, has: Has) -> int:
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
    raise EngineError(_refusal(job, trt, "read", str(first)))


def _refusal(job: Build, trt: TensorRt, verb: str, reason: str) -> str:
    reason = " ".join(reason.split()) or "it gives no reason"
    return f"TensorRT {trt.__version__} cannot {verb} {job.name}: {reason}; use device cuda"


def _set_precision(job: Build, trt: TensorRt, has: Has, config: TrtConfig) -> None:
    if has.profile_sharing_flag:
        preview: Any = trt.PreviewFeature  # type: ignore[attr-defined]
        config.set_preview_feature(preview.PROFILE_SHARING_0806, True)
    if has.strong_typing or job.precision not in HALF:
        return
    config.set_flag(trt.BuilderFlag.FP16)
    logger.warning(
        "TensorRT %s takes float16 as a wish and may use it where %s has float32; "
        "TensorRT 10 or newer keeps to the file",
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
    """From another version or card the measurements are refused, and an empty cache taken."""
    for blob in (job.timing, b""):
        cache = config.create_timing_cache(blob)
        if cache is not None and config.set_timing_cache(cache, False):
            return
    logger.debug("this TensorRT keeps no timing cache")
