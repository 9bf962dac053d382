"""The part of the `tensorrt` module that we use, typed for versions 8.6 to 11.

No other module imports `tensorrt`. Tensors are addressed by name, which is the same in all these
versions; `Features` lists what differs between them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engines.base import EngineError

logger = logging.getLogger(__name__)

_INSTALL = "pip install 'reenact[tensorrt]', or use device cuda"


class TrtContext(Protocol):
    """`tensorrt.IExecutionContext`."""

    def set_input_shape(self, name: str, shape: Sequence[int], /) -> bool: ...
    def set_tensor_address(self, name: str, address: int, /) -> bool: ...
    def get_tensor_shape(self, name: str, /) -> Sequence[int]: ...
    def execute_async_v3(self, stream_handle: int, /) -> bool: ...


class TrtPlanEngine(Protocol):
    """`tensorrt.ICudaEngine`."""

    num_io_tensors: int

    def get_tensor_name(self, index: int, /) -> str: ...
    def get_tensor_mode(self, name: str, /) -> Any: ...
    def get_tensor_shape(self, name: str, /) -> Sequence[int]: ...
    def get_tensor_dtype(self, name: str, /) -> Any: ...
    def get_tensor_profile_shape(self, name: str, profile: int, /) -> Sequence[Sequence[int]]: ...
    def create_execution_context(self) -> TrtContext | None: ...


class TrtRuntime(Protocol):
    """`tensorrt.Runtime`."""

    def deserialize_cuda_engine(self, plan: bytes, /) -> TrtPlanEngine | None: ...


class TrtTensor(Protocol):
    """`tensorrt.ITensor`."""

    name: str
    shape: Sequence[int]


class TrtNetwork(Protocol):
    """`tensorrt.INetworkDefinition`."""

    num_inputs: int

    def get_input(self, index: int, /) -> TrtTensor: ...


class TrtProfile(Protocol):
    """`tensorrt.IOptimizationProfile`."""

    def set_shape(
        self, input: str, min: Sequence[int], opt: Sequence[int], max: Sequence[int]
    ) -> None: ...


class TrtTimingCache(Protocol):
    """`tensorrt.ITimingCache`."""

    def serialize(self) -> Any: ...


class TrtConfig(Protocol):
    """`tensorrt.IBuilderConfig`."""

    progress_monitor: Any

    def set_memory_pool_limit(self, pool: Any, size: int, /) -> None: ...
    def add_optimization_profile(self, profile: TrtProfile, /) -> int: ...
    def create_timing_cache(self, blob: bytes, /) -> TrtTimingCache | None: ...
    def set_timing_cache(self, cache: TrtTimingCache, ignore_mismatch: bool, /) -> bool: ...
    def get_timing_cache(self) -> TrtTimingCache | None: ...
    def set_flag(self, flag: Any, /) -> None: ...
    def set_preview_feature(self, feature: Any, enable: bool, /) -> None: ...


class TrtBuilder(Protocol):
    """`tensorrt.Builder`."""

    def create_network(self, flags: int, /) -> TrtNetwork: ...
    def create_builder_config(self) -> TrtConfig: ...
    def create_optimization_profile(self) -> TrtProfile: ...
    def build_serialized_network(self, network: TrtNetwork, config: TrtConfig, /) -> Any | None: ...


class TrtParser(Protocol):
    """`tensorrt.OnnxParser`."""

    num_errors: int

    def parse(self, model: bytes, /) -> bool: ...
    def get_error(self, index: int, /) -> Any: ...


class TensorRt(Protocol):
    """The module `tensorrt`. Classes are `Any` where we subclass them or they are optional."""

    __version__: str
    ILogger: Any
    TensorIOMode: Any
    MemoryPoolType: Any
    NetworkDefinitionCreationFlag: Any
    BuilderFlag: Any

    def Runtime(self, logger: Any, /) -> TrtRuntime: ...
    def Builder(self, logger: Any, /) -> TrtBuilder: ...
    def OnnxParser(self, network: TrtNetwork, logger: Any, /) -> TrtParser: ...


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a version of TensorRT."""

    strong_typing: bool
    """The precision is the file's (9 and newer; always on from 11)."""
    explicit_batch_flag: bool
    """The batch axis must be asked for (before 10; the flag is gone in 11)."""
    profile_sharing_flag: bool
    """Contexts share a profile when asked to (8.6; always on from 10)."""
    progress: bool
    """Builds report their steps and can be cancelled (10 and newer)."""


def find_features(trt: TensorRt) -> Features:
    """The features of this TensorRT, from its version and from what the module holds."""
    old = major_version(trt) < 10
    preview = getattr(trt, "PreviewFeature", None)
    return Features(
        strong_typing=hasattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED"),
        explicit_batch_flag=old,
        profile_sharing_flag=old and hasattr(preview, "PROFILE_SHARING_0806"),
        progress=hasattr(trt, "IProgressMonitor"),
    )


def major_version(trt: TensorRt) -> int:
    """The first number of its version."""
    return int(trt.__version__.split(".")[0])


def load_tensorrt() -> TensorRt:
    """The module. Raises EngineError, with the fix, when it is missing, broken or too old."""
    try:
        import tensorrt
    except (ImportError, OSError) as error:  # OSError: the libraries that it wraps do not load
        raise EngineError(f"TensorRT does not load ({error}): {_INSTALL}") from error
    module: TensorRt = tensorrt
    version = getattr(tensorrt, "__version__", "unknown")
    if tuple(map(int, version.split(".")[:2] if version != "unknown" else (0,))) < (8, 6):
        raise EngineError(f"TensorRT 8.6 or newer is needed, this is {version}: {_INSTALL}")
    return module


def make_logger(trt: TensorRt) -> Any:
    """A TensorRT logger that passes messages on to ours and keeps the last error as `.error`."""
    base: Any = trt.ILogger
    severity = base.Severity

    class Logger(base):  # type: ignore[misc]
        def __init__(self) -> None:
            base.__init__(self)
            self.error = ""

        def log(self, level: Any, message: str) -> None:
            if level in (severity.ERROR, severity.INTERNAL_ERROR):
                self.error = message.strip()
                logger.warning("TensorRT: %s", self.error)
            elif level == severity.WARNING:
                logger.debug("TensorRT: %s", message.strip())

    return Logger()
