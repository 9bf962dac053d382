"""A TensorRT and a CUDA driver that behave as the real ones do, without a card.

Work put on a stream runs only when the stream is waited for; recorded work, only when launched.
A plan runs its ONNX file through ONNX Runtime, so its answers are real ones. `FakeTensorRt` has
what the version it is told to be has: 8.6, 10 or 11.
"""

import ctypes
import json
import threading
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError

Work = Callable[[], None]

INVALID_VALUE, OUT_OF_MEMORY, NO_DEVICE = 1, 2, 100
INVALID_CONTEXT, INVALID_HANDLE = 201, 400
CAPTURE_UNSUPPORTED, CAPTURE_INVALIDATED = 900, 901


def _move(to: int, source: int, size: int) -> None:
    ctypes.memmove(to, source, size)


class FakeCudaDriver:
    """`cuda.bindings.driver`. failing: functions that answer with an error, by name."""

    CUdevice_attribute = SimpleNamespace(
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR=75,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR=76,
    )
    CUstreamCaptureMode = SimpleNamespace(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL=1)

    def __init__(self, name: str = "Fake 4090", capability: tuple[int, int] = (8, 9)) -> None:
        self.name, self.capability = name, capability
        self.failing: dict[str, int] = {}
        self.memory: dict[int, Any] = {}
        self.queues: dict[int, list[Work]] = {}
        self.recordings: dict[int, list[Work]] = {}
        self.graphs: dict[int, list[Work]] = {}
        self.launches = 0
        self._current = threading.local()
        self._next = 1000

    def _answer(self, function: str, *, context: bool = True) -> int:
        if function in self.failing:
            return self.failing[function]
        return 0 if not context or getattr(self._current, "context", None) else INVALID_CONTEXT

    def _handle(self) -> int:
        self._next += 1
        return self._next

    def cuInit(self, flags: int, /) -> tuple[Any, ...]:
        return (self._answer("cuInit", context=False),)

    def cuDriverGetVersion(self) -> tuple[Any, ...]:
        return 0, 13020

    def cuDeviceGet(self, ordinal: int, /) -> tuple[Any, ...]:
        return 0, ordinal

    def cuDeviceGetName(self, length: int, device: Any, /) -> tuple[Any, ...]:
        return 0, self.name.encode().ljust(length, b"\0")

    def cuDeviceGetAttribute(self, attribute: int, device: Any, /) -> tuple[Any, ...]:
        return 0, self.capability[attribute - 75]

    def cuDevicePrimaryCtxRetain(self, device: Any, /) -> tuple[Any, ...]:
        return 0, "primary context"

    def cuCtxSetCurrent(self, context: Any, /) -> tuple[Any, ...]:
        self._current.context = context
        return (0,)

    def cuStreamCreate(self, flags: int, /) -> tuple[Any, ...]:
        if error := self._answer("cuStreamCreate"):
            return error, None
        stream = self._handle()
        self.queues[stream] = []
        return 0, stream

    def cuStreamDestroy(self, stream: int, /) -> tuple[Any, ...]:
        del self.queues[stream]
        return (self._answer("cuStreamDestroy"),)

    def cuStreamSynchronize(self, stream: int, /) -> tuple[Any, ...]:
        if stream in self.recordings:
            return (CAPTURE_UNSUPPORTED,)
        queue, self.queues[stream] = self.queues[stream], []
        for work in queue:
            work()
        return (self._answer("cuStreamSynchronize"),)

    def _allocate(self, function: str, size: int) -> tuple[Any, ...]:
        if error := self._answer(function):
            return error, None
        buffer = ctypes.create_string_buffer(size)
        self.memory[ctypes.addressof(buffer)] = buffer
        return 0, ctypes.addressof(buffer)

    def cuMemAlloc(self, size: int, /) -> tuple[Any, ...]:
        return self._allocate("cuMemAlloc", size)

    def cuMemAllocHost(self, size: int, /) -> tuple[Any, ...]:
        return self._allocate("cuMemAllocHost", size)

    def cuMemFree(self, pointer: int, /) -> tuple[Any, ...]:
        del self.memory[pointer]
        return (self._answer("cuMemFree"),)

    cuMemFreeHost = cuMemFree

    def put(self, stream: int, work: Work) -> int:
        """On the stream's queue, or in what is being recorded of it."""
        if stream not in self.queues:
            return INVALID_HANDLE
        self.recordings.get(stream, self.queues[stream]).append(work)
        return 0

    def _copy(self, function: str, to: int, source: int, size: int, stream: int) -> tuple[Any, ...]:
        inside = size <= min(len(self.memory[to]), len(self.memory[source]))
        if error := self._answer(function) or (0 if inside else INVALID_VALUE):
            return (error,)
        return (self.put(stream, lambda: _move(to, source, size)),)

    def cuMemcpyHtoDAsync(
        self, target: int, source: int, size: int, stream: int, /
    ) -> tuple[Any, ...]:
        return self._copy("cuMemcpyHtoDAsync", target, source, size, stream)

    def cuMemcpyDtoHAsync(
        self, target: int, source: int, size: int, stream: int, /
    ) -> tuple[Any, ...]:
        return self._copy("cuMemcpyDtoHAsync", target, source, size, stream)

    def cuStreamBeginCapture(self, stream: int, mode: int, /) -> tuple[Any, ...]:
        self.recordings[stream] = []
        return (self._answer("cuStreamBeginCapture"),)

    def cuStreamEndCapture(self, stream: int, /) -> tuple[Any, ...]:
        work = self.recordings.pop(stream)
        if error := self._answer("cuStreamEndCapture"):
            return error, None
        graph = self._handle()
        self.graphs[graph] = work
        return 0, graph

    def cuGraphInstantiate(self, graph: int, flags: int, /) -> tuple[Any, ...]:
        if error := self._answer("cuGraphInstantiate"):
            return error, None
        executable = self._handle()
        self.graphs[executable] = list(self.graphs[graph])
        return 0, executable

    def cuGraphLaunch(self, executable: int, stream: int, /) -> tuple[Any, ...]:
        self.launches += 1
        for work in self.graphs[executable]:
            self.put(stream, work)
        return (self._answer("cuGraphLaunch"),)

    def cuGraphDestroy(self, graph: int, /) -> tuple[Any, ...]:
        del self.graphs[graph]
        return (0,)

    cuGraphExecDestroy = cuGraphDestroy

    @property
    def in_use(self) -> int:
        """What was taken and not given back."""
        return len(self.memory) + len(self.queues) + len(self.graphs)


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
    """The `tensorrt` module. unsupported: operators that its parser refuses."""

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
        return names[index]  # outputs first: nobody may go by the order

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
    """Four steps, the second of which has five of its own."""
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
