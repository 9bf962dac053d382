"""OpenVINO on the CPU: the fastest runtime on x86, by blocked layouts and fused operators."""

import copy
import io
import sys
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Self, TypeAlias

from engines.base import Array, ClosedEngineError, EngineError, TensorSpec, check_inputs
from engines.cores import physical_cores
from engines.onnx_file import OnnxFile

_Shapes: TypeAlias = tuple[tuple[int, ...], ...]

_MOST_SHAPES = 2  # compiled nets kept at a time; a stream needs one


class OpenvinoEngine:
    """A net in OpenVINO. Call it from one thread at a time."""

    device = "openvino"

    def __init__(self, net: OnnxFile, *, threads: int | None = None, calls: int = 1) -> None:
        """Load `net`.

        threads: on which all calls compute, None is one per physical core of this process. calls:
        how many engines of this net compute at a time, see `share`; each gets its part of the
        threads.

        A net is compiled for each shape of its inputs, at that shape's first call: compiled with a
        free batch axis it would take 1.7 times as long per call.
        Raises EngineError when the file is no net, or OpenVINO is not installed.
        """
        self._core = _core()
        self._net = _read(net)
        self._threads, self._calls = threads or physical_cores(), calls
        self.inputs, self.outputs = _specs(self._net.inputs), _specs(self._net.outputs)
        self._compiled: dict[_Shapes, Any] = {}
        self._requests: dict[_Shapes, Any] = {}
        self.reason = ""
        """Why "auto" took no better device, one clause for each of them."""

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._net is None:
            raise ClosedEngineError
        check_inputs(self.inputs, inputs)
        try:
            request = self._request(tuple(inputs[name].shape for name in self.inputs))
            results = request.infer(inputs)
        except RuntimeError as error:
            raise EngineError(f"the net failed in OpenVINO: {_last_line(error)}") from error
        return {name: results[name] for name in self.outputs}

    def share(self) -> Self:
        """Another engine of this net for another thread, without compiling it again."""
        other = copy.copy(self)
        other._requests = {}
        return other

    def close(self) -> None:
        """Free the net; a second call is harmless."""
        self._net = None
        self._compiled = {}
        self._requests = {}

    def _request(self, shapes: _Shapes) -> Any:
        if shapes not in self._requests:
            for kept in (self._requests, self._compiled):
                if len(kept) == _MOST_SHAPES:
                    kept.pop(next(iter(kept)))
            if shapes not in self._compiled:
                self._compiled[shapes] = self._compile(shapes)
            self._requests[shapes] = self._compiled[shapes].create_infer_request()
        return self._requests[shapes]

    def _compile(self, shapes: _Shapes) -> Any:
        net = self._net.clone()
        net.reshape(dict(zip(self.inputs, map(list, shapes), strict=True)))
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": self._threads,
            "INFERENCE_PRECISION_HINT": "f32",  # else newer processors round to bfloat16
            "ENABLE_CPU_PINNING": False,  # the tracker and the codecs need the same cores
        }
        if self._calls > 1:
            settings["NUM_STREAMS"] = self._calls
        return self._core.compile_model(net, "CPU", settings)


def try_openvino(net: OnnxFile) -> OpenvinoEngine | str:
    """`net` on OpenVINO, or the reason why that fails, with the fix."""
    try:
        return OpenvinoEngine(net)
    except EngineError as error:
        return str(error)


@cache
def _core() -> Any:
    """OpenVINO itself, kept for the life of the process.

    Its CPU plugin installs a stack for signal handlers on the thread that compiles. Unloaded on
    another thread, it would free that stack and leave it installed.
    """
    # A module of None cannot be imported, so OpenVINO reports nothing to its maker.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise EngineError(
            f"openvino does not load ({error}): pip install openvino, or use the cpu"
        ) from error
    return openvino.Core()


@cache
def _onnx_reader() -> Any:
    """OpenVINO's reader of ONNX, kept for the life of the process like `_core`."""
    from openvino.frontend import FrontEndManager

    return FrontEndManager().load_by_framework("onnx")


def _read(net: OnnxFile) -> Any:
    """The net as OpenVINO's ONNX reader has it, whatever else the bytes may look like.

    The core would choose a reader by looking for signatures, which can stand in a name.
    """
    from openvino import frontend

    reader = _onnx_reader()
    try:
        return reader.convert(reader.load(io.BytesIO(net.content)))
    except (
        RuntimeError,
        frontend.GeneralFailure,
        frontend.InitializationFailure,
        frontend.NotImplementedFailure,
        frontend.OpConversionFailure,
        frontend.OpValidationFailure,
    ) as error:
        raise EngineError(f"{net.name} does not load in OpenVINO: {_last_line(error)}") from error


def _specs(ports: list[Any]) -> Mapping[str, TensorSpec]:
    return MappingProxyType({port.any_name: _spec(port) for port in ports})


def _spec(port: Any) -> TensorSpec:
    shape = tuple(None if axis.is_dynamic else axis.get_length() for axis in port.partial_shape)
    return TensorSpec(port.any_name, shape, port.element_type.to_dtype().name)


def _last_line(error: Exception) -> str:
    """OpenVINO names places in its source first, and what is wrong last or in a list before it."""
    lines = str(error).strip().splitlines() or [repr(error)]
    listed = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    return ", ".join(listed) or lines[-1].strip()
