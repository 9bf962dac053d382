"""Opens a net on TensorRT: from the store at once, or built while another engine serves."""

import logging
from dataclasses import dataclass
from pathlib import Path

from engines.base import Engine, EngineError
from engines.gpu import Gpu, open_gpu
from engines.onnx_file import OnnxFile
from engines.sealed_folder import SealError
from engines.store import EngineKey, EngineStore, PlanRefusedError, StoredPlan
from engines.swap import BuildWatch, SwappingEngine
from engines.trt import TrtEngine
from engines.trt_api import TensorRt, load_tensorrt
from engines.trt_build import Build, build_plan

logger = logging.getLogger(__name__)

BATCHES = (1, 1, 8)
"""The least, the usual and the most items of a call: a live stream has one item a call."""


@dataclass(frozen=True, slots=True)
class TrtHost:
    """TensorRT, the card and the engine cache of this machine."""

    trt: TensorRt
    """The module `tensorrt`."""
    gpu: Gpu
    """The card that nets run on."""
    store: EngineStore
    """The plans built so far."""

    def key(self, onnx_sha256: str, precision: str, batches: tuple[int, int, int]) -> EngineKey:
        """The key under which the plan of the ONNX file with that hash is kept."""
        facts = self.gpu.facts
        return EngineKey(
            onnx_sha256,
            precision,
            batches,
            facts.name,
            facts.capability,
            facts.driver,
            self.trt.__version__,
        )

    def load(self, plan: StoredPlan) -> TrtEngine:
        """An engine of `plan`, warm. Raises PlanRefusedError, and drops the plan from the store."""
        try:
            engine = TrtEngine(plan, trt=self.trt, gpu=self.gpu)
        except PlanRefusedError:
            self.store.forget(plan.key)
            raise
        try:
            engine.warm_up()
        except EngineError:
            engine.close()
            raise
        return engine

    def build(self, net: OnnxFile, key: EngineKey, watch: BuildWatch) -> Engine:
        """An engine of `net`, from the store, or built and kept there."""

        def plan() -> bytes:
            self.gpu.enter()
            timing = self.store.read_timing(key)
            job = Build(net.name, net.content, key.precision, key.batches, timing)
            built = build_plan(job, self.trt, report=watch.report, stopped=watch.is_stopped)
            self.store.write_timing(key, built.timing)
            return built.plan

        return self.load(self.store.get(key, plan, stopped=watch.is_stopped))


def find_host(folder: Path | None = None) -> TrtHost:
    """This machine's TensorRT and card, with the store in `folder` (None: the user's cache).

    Raises EngineError, with the fix, when there is no TensorRT or no card.
    """
    return TrtHost(load_tensorrt(), open_gpu(), EngineStore(folder))


def open_kept(
    host: TrtHost, net: OnnxFile, precision: str, batches: tuple[int, int, int] = BATCHES
) -> TrtEngine:
    """The engine of `net` from the store. Raises EngineError when it holds none to trust."""
    return host.load(host.store.find(host.key(net.sha256, precision, batches)))


def open_swapping(
    host: TrtHost,
    net: OnnxFile,
    precision: str,
    first: Engine,
    batches: tuple[int, int, int] = BATCHES,
) -> SwappingEngine:
    """An engine that runs `first` until the TensorRT engine of `net` is built."""
    key = host.key(net.sha256, precision, batches)
    return SwappingEngine(first, lambda watch: host.build(net, key, watch))


def open_tensorrt(host: TrtHost, net: OnnxFile, precision: str) -> Engine:
    """The kept engine, or ONNX Runtime on its best device until one is built."""
    from engines.ort import OrtEngine

    try:
        return open_kept(host, net, precision)
    except SealError as error:
        logger.info("TensorRT builds %s in the background: %s", net.name, error)
    return open_swapping(host, net, precision, OrtEngine(net))


def try_tensorrt(net: OnnxFile, precision: str) -> Engine | str:
    """The kept engine of `net` for device "auto", or the reason why there is none."""
    try:
        return open_kept(find_host(), net, precision)
    except SealError:
        return "device tensorrt builds a faster engine once and keeps it"
    except EngineError as error:
        return str(error)
