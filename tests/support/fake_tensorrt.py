"""A TensorRT that behaves as the real one does, without a card.

A plan runs its ONNX file through ONNX Runtime, so its answers are real ones. `FakeTensorRt` has the
features of the version that it is given: 8.6, 10 or 11.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError

from tests.support.fake_cuda import FakeCudaDriver


class DataType(Enum):
    FLOAT = "float32"
    HALF = "float16"
    UINT8 = "uint8"
    INT64 = "int64"
    DOUBLE = "float64"


ORT_TYPES = {
    "tensor(float)": DataType.FLOAT,
    "tensor(float16)": DataType.HALF,
    "tensor(uint8)": DataType.UINT8,
    "tensor(double)": DataType.DOUBLE,
}

TensorIOMode = Enum("TensorIOMode", "NONE INPUT OUTPUT")


class FakeTensorRt:
    """The module `tensorrt`. unsupported: operators that its parser refuses."""

    TensorIOMode = TensorIOMode
    MemoryPoolType = SimpleNamespace(WORKSPACE="workspace")

    class _Logger:
        Severity = IntEnum("Severity", "INTERNAL_ERROR ERROR WARNING INFO VERBOSE", start=0)

        def __init__(self) -> None:
            self.made = True

    ILogger: Any = _Logger

    def __init__(
        self,
        driver: FakeCudaDriver,
        version: str = "11.4.0.106",
        *,
        unsupported: Iterable[str] = ("Det",),
    ) -> None:
        self.driver, self.__version__, self.unsupported = driver, version, set(unsupported)
        self.major = int(version.split(".")[0])
        self.builds: list[dict[str, Any]] = []
        self.during_build: Callable[[], None] = lambda: None
        flags = {"EXPLICIT_BATCH": 0} if self.major < 11 else {}
        self.NetworkDefinitionCreationFlag = SimpleNamespace(
            **flags, **({"STRONGLY_TYPED": 1} if self.major >= 9 else {})
        )
        self.BuilderFlag = SimpleNamespace(**({"FP16": "fp16"} if self.major < 11 else {}))
        if self.major == 8:
            self.PreviewFeature = SimpleNamespace(PROFILE_SHARING_0806="profile sharing")
        if self.major >= 10:
            self.IProgressMonitor = type("IProgressMonitor", (), {})

    def Runtime(self, log: Any, /) -> "FakeRuntime":
        return FakeRuntime(self, log)

    def Builder(self, log: Any, /) -> "FakeBuilder":
        return FakeBuilder(self, log)

    def OnnxParser(self, network: Any, log: Any, /) -> "FakeParser":
        return FakeParser(self, network)


class FakeRuntime:
    def __init__(self, trt: FakeTensorRt, log: Any) -> None:
        assert log.made, "the logger's base must be initialised"
        self.trt, self.log = trt, log

    def deserialize_cuda_engine(self, plan: bytes, /) -> "FakePlanEngine | None":
        head, _, model = bytes(plan).partition(b"\n")
        try:
            facts = json.loads(head)
        except ValueError:
            facts = {}
        if facts.get("version") != self.trt.__version__:
            self.log.log(self.log.Severity.ERROR, "Error Code 1: Serialization (bad version tag)\n")
            return None
        return FakePlanEngine(self, facts, model)


class FakePlanEngine:
    """tensorrt.ICudaEngine."""

    def __init__(self, runtime: FakeRuntime, facts: dict[str, Any], model: bytes) -> None:
        self.runtime, self.facts = runtime, facts
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.nodes = {n.name: n for n in (*self.session.get_outputs(), *self.session.get_inputs())}
        self.num_io_tensors = len(self.nodes)
        self.contexts = 0

    def get_tensor_name(self, index: int, /) -> str:
        names: list[str] = list(self.nodes)
        return names[index]  # outputs first, so that a caller who relies on the order fails

    def get_tensor_mode(self, name: str, /) -> Any:
        is_input = name in {node.name for node in self.session.get_inputs()}
        return TensorIOMode.INPUT if is_input else TensorIOMode.OUTPUT

    def get_tensor_shape(self, name: str, /) -> Sequence[int]:
        return tuple(n if isinstance(n, int) else -1 for n in self.nodes[name].shape)

    def get_tensor_dtype(self, name: str, /) -> DataType:
        return ORT_TYPES[self.nodes[name].type]

    def get_tensor_profile_shape(self, name: str, profile: int, /) -> Sequence[Sequence[int]]:
        assert profile == 0
        shape = self.get_tensor_shape(name)
        return [tuple(b if n < 0 else n for n in shape) for b in self.facts["batches"]]

    def create_execution_context(self) -> "FakeContext | None":
        self.contexts += 1
        shared = self.runtime.trt.major >= 10 or self.facts["shares profiles"]
        if self.contexts > 1 and not shared:
            log = self.runtime.log
            log.log(log.Severity.ERROR, "Profile 0 has been chosen by another context")
            return None
        return FakeContext(self)


class FakeContext:
    def __init__(self, engine: FakePlanEngine) -> None:
        self.engine, self.driver = engine, engine.runtime.trt.driver
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}
        self.changes = 0
        self.has_run = False

    def set_input_shape(self, name: str, shape: Sequence[int], /) -> bool:
        least, _, most = self.engine.get_tensor_profile_shape(name, 0)
        self.shapes[name], self.has_run = tuple(shape), False
        self.changes += 1
        return all(a <= n <= b for a, n, b in zip(least, shape, most, strict=True))

    def set_tensor_address(self, name: str, address: int, /) -> bool:
        self.addresses[name] = address
        return name in self.engine.nodes

    def get_tensor_shape(self, name: str, /) -> Sequence[int]:
        batch = next(iter(self.shapes.values()))[0]
        return tuple(batch if n < 0 else n for n in self.engine.get_tensor_shape(name))

    def execute_async_v3(self, stream: int, /) -> bool:
        log = self.engine.runtime.log
        if self.addresses.keys() != self.engine.nodes.keys():
            log.log(log.Severity.ERROR, "Address is not set for a tensor")
            return False
        if stream in self.driver.recordings and not self.has_run:
            log.log(log.Severity.ERROR, "the first enqueue of a shape cannot be captured")
            return False
        self.has_run, made_at = True, self.changes

        def work() -> None:
            assert made_at == self.changes, "recorded for shapes that were changed since"
            inputs = {n.name: self._array(n.name).copy() for n in self.engine.session.get_inputs()}
            names = [n.name for n in self.engine.session.get_outputs()]
            for name, result in zip(names, self.engine.session.run(names, inputs), strict=True):
                self._array(name)[...] = result

        return self.driver.put(stream, work) == 0

    def _array(self, name: str) -> Any:
        shape, dtype = self.get_tensor_shape(name), self.engine.get_tensor_dtype(name).value
        buffer = self.driver.memory[self.addresses[name]]
        count = int(np.prod(shape))
        return np.frombuffer(buffer, dtype, count=count).reshape(shape)


class FakeNetwork:
    def __init__(self, flags: int) -> None:
        self.flags, self.model = flags, b""
        self.inputs: list[SimpleNamespace] = []
        self.num_inputs = 0

    def get_input(self, index: int, /) -> SimpleNamespace:
        return self.inputs[index]


class FakeParser:
    def __init__(self, trt: FakeTensorRt, network: FakeNetwork) -> None:
        self.trt, self.network, self.errors = trt, network, list[str]()
        self.num_errors = 0

    def get_error(self, index: int, /) -> Any:
        return SimpleNamespace(desc=lambda: self.errors[index])

    def parse(self, model: bytes, /) -> bool:
        self._read(model)
        self.num_errors = len(self.errors)
        return not self.errors

    def _read(self, model: bytes) -> None:
        if self.trt.major < 10 and not self.network.flags & 1:
            self.errors.append("This version of the ONNX parser only supports explicit batch")
            return
        try:
            graph = onnx.load_from_string(model).graph
        except DecodeError:
            self.errors.append("Failed to parse the ONNX model.")
            return
        for node in graph.node:
            if node.op_type in self.trt.unsupported:
                self.errors.append(f"No importer registered for op:\n {node.op_type}.")
        self.network.model = model
        self.network.inputs = [
            SimpleNamespace(
                name=info.name,
                shape=[d.dim_value or -1 for d in info.type.tensor_type.shape.dim],
            )
            for info in graph.input
        ]
        self.network.num_inputs = len(self.network.inputs)


class FakeConfig:
    def __init__(self) -> None:
        self.flags: set[Any] = set()
        self.previews: set[Any] = set()
        self.profiles: list[dict[str, Any]] = []
        self.workspace = 0
        self.timing: Any = None
        self.progress_monitor: Any = None

    def set_memory_pool_limit(self, pool: Any, size: int, /) -> None:
        self.workspace = size

    def set_flag(self, flag: Any, /) -> None:
        self.flags.add(flag)

    def set_preview_feature(self, feature: Any, enable: bool, /) -> None:
        self.previews.add(feature)

    def add_optimization_profile(self, profile: Any, /) -> int:
        self.profiles.append(profile.shapes)
        return 0

    def create_timing_cache(self, blob: bytes, /) -> Any:
        if blob and not blob.startswith(b"timing"):
            return None
        return SimpleNamespace(serialize=lambda: b"timing of this card", blob=blob)

    def set_timing_cache(self, cache: Any, ignore_mismatch: bool, /) -> bool:
        self.timing = cache
        return ignore_mismatch or cache.blob in (b"", b"timing of this card")

    def get_timing_cache(self) -> Any:
        return self.timing


class FakeProfile:
    def __init__(self) -> None:
        self.shapes: dict[str, Any] = {}

    def set_shape(self, input: str, min: Any, opt: Any, max: Any) -> None:
        self.shapes[input] = (min, opt, max)


class FakeBuilder:
    def __init__(self, trt: FakeTensorRt, log: Any) -> None:
        self.trt, self.log = trt, log

    def create_network(self, flags: int, /) -> FakeNetwork:
        return FakeNetwork(flags)

    def create_builder_config(self) -> FakeConfig:
        return FakeConfig()

    def create_optimization_profile(self) -> FakeProfile:
        return FakeProfile()

    def build_serialized_network(self, network: Any, config: Any, /) -> Any:
        typed = bool(network.flags & 2)
        self.trt.builds.append({"flags": config.flags, "typed": typed, "config": config})
        self.trt.during_build()
        free = any(-1 in tensor.shape for tensor in network.inputs)
        if (free and not config.profiles) or (typed and config.flags):
            self.log.log(self.log.Severity.ERROR, "Error Code 4: no profile, or a flag too many")
            return None
        if config.progress_monitor and not _walk(config.progress_monitor):
            return None
        batches = [shape[0] for shape in next(iter(config.profiles[0].values()))] if free else []
        facts = {
            "version": self.trt.__version__,
            "batches": batches,
            "shares profiles": bool(config.previews),
        }
        return bytearray(json.dumps(facts).encode() + b"\n" + network.model)


def _walk(monitor: Any) -> bool:
    """Report a phase of four steps, the second of which holds a phase of five."""
    monitor.phase_start("build", None, 4)
    for step in range(4):
        if step == 1:
            monitor.phase_start("tactics", "build", 5)
            for inner in range(5):
                if not monitor.step_complete("tactics", inner):
                    return False
            monitor.phase_finish("tactics")
        if not monitor.step_complete("build", step):
            return False
    monitor.phase_finish("build")
    return True
