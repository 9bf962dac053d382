"""OpenVINO on the CPU: blocked layouts and fused operators, the fastest on x86 processors."""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from engines.base import Array, EngineError, TensorSpec, check_inputs
from engines.cores import physical_cores
from engines.onnx_file import check_onnx

_Shapes: TypeAlias = tuple[tuple[int, ...], ...]

_MOST_SHAPES = 2  # compiled nets that are kept; a stream has one shape


class OpenvinoEngine:
    """A net in OpenVINO. Call it from one thread at a time."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Load `path`. threads: None is one per physical core of this process.

        A net is compiled for each shape of its inputs, at that shape's first call: with a free
        batch axis it takes 1.7 times as long. Raises EngineError when the file is no net, or
        OpenVINO is not installed.
        """
        check_onnx(path)
        self._core = _core()
        try:
            self._net = self._core.read_model(path)
        except RuntimeError as error:
            raise EngineError(f"{path.name} does not load in OpenVINO: {_last(error)}") from error
        self._threads = threads or physical_cores()
        self._inputs, self._outputs = _specs(self._net.inputs), _specs(self._net.outputs)
        self._requests: dict[_Shapes, Any] = {}
        self.reason = ""
        """Why "auto" took nothing better, a clause per better device."""

    @property
    def inputs(self) -> Mapping[str, TensorSpec]:
        return self._inputs

    @property
    def outputs(self) -> Mapping[str, TensorSpec]:
        return self._outputs

    @property
    def device(self) -> str:
        return "openvino"

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._net is None:
            raise EngineError("this engine is closed; open a new one")
        check_inputs(self._inputs, inputs)
        try:
            request = self._request(tuple(inputs[name].shape for name in self._inputs))
            results = request.infer(inputs)
        except RuntimeError as error:
            raise EngineError(f"the net failed in OpenVINO: {_last(error)}") from error
        return {name: results[name] for name in self._outputs}

    def close(self) -> None:
        """Free the net; twice is harmless."""
        self._net = None
        self._requests.clear()

    def _request(self, shapes: _Shapes) -> Any:
        if shapes not in self._requests:
            if len(self._requests) == _MOST_SHAPES:
                self._requests.pop(next(iter(self._requests)))
            self._requests[shapes] = self._compiled(shapes).create_infer_request()
        return self._requests[shapes]

    def _compiled(self, shapes: _Shapes) -> Any:
        net = self._net.clone()
        net.reshape(dict(zip(self._inputs, map(list, shapes), strict=True)))
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": self._threads,
            "INFERENCE_PRECISION_HINT": "f32",  # else newer processors round to bfloat16
            "ENABLE_CPU_PINNING": False,  # the tracker and the codecs want the same cores
        }
        return self._core.compile_model(net, "CPU", settings)


def why_not_openvino(path: Path) -> OpenvinoEngine | str:
    """The net on OpenVINO, or why there is none, with the fix."""
    try:
        return OpenvinoEngine(path)
    except EngineError as error:
        return str(error)


@cache
def _core() -> Any:
    """OpenVINO itself, for the life of the process: its CPU plugin gives the thread that compiles a
    stack for signal handlers and, ending on another thread, leaves it there, freed."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # sends home
    try:
        import openvino
    except ImportError as error:
        raise EngineError(
            f"openvino does not load ({error}): pip install openvino, or use the cpu"
        ) from error
    return openvino.Core()


def _specs(ports: list[Any]) -> Mapping[str, TensorSpec]:
    return MappingProxyType({port.any_name: _spec(port) for port in ports})


def _spec(port: Any) -> TensorSpec:
    shape = tuple(None if axis.is_dynamic else axis.get_length() for axis in port.partial_shape)
    return TensorSpec(port.any_name, shape, port.element_type.to_dtype().name)


def _last(error: Exception) -> str:
    """OpenVINO names the places in its source first, and what is wrong last."""
    return str(error).strip().splitlines()[-1].strip() if str(error).strip() else repr(error)
