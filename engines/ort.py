"""ONNX Runtime, which runs on every machine; its devices are in `ort_devices.py`."""

import contextlib
import copy
import io
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from engines.base import (
    Array,
    ClosedEngineError,
    EngineError,
    TensorSpec,
    check_inputs,
    first_line,
)
from engines.cores import physical_cores
from engines.onnx_file import OnnxFile
from engines.ort_devices import AUTO, ORT_DEVICES

logger = logging.getLogger(__name__)

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}

_ORT_ERRORS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    RuntimeError,  # raised by a run with bound tensors
)


class OrtEngine:
    """A net in ONNX Runtime. Call it from one thread at a time."""

    def __init__(
        self,
        net: OnnxFile,
        *,
        device: str = "auto",
        threads: int | None = None,
        spinning: bool = False,
    ) -> None:
        """Load `net` and make sure that it runs on the device that was asked for.

        device: one of `ORT_DEVICES`, or "auto" for the best that starts, with a warning when a
        card's provider is installed and does not start.
        threads: None is one per physical core of this process.
        spinning: threads wait busily between operators. That is only for a machine with nothing
        else to do: beside a tracker and an encoder it doubles the cost of a frame.
        Raises EngineError when the file is no net, or `device` does not work here.
        """
        if device not in ("auto", *ORT_DEVICES):
            raise EngineError(f"unknown device {device!r}; use auto, {', '.join(ORT_DEVICES)}")
        self._session, self.device, self.reason = _open(net, device, threads, spinning)
        """`reason` says why "auto" took no better device, one clause for each of them."""
        self.inputs = _specs(self._session.get_inputs())
        self.outputs = _specs(self._session.get_outputs())
        memory = ORT_DEVICES[self.device].memory
        self._run: Any = (
            self._session.run if memory == "cpu" else BoundRun(self._session, memory=memory)
        )

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._session is None:
            raise ClosedEngineError
        check_inputs(self.inputs, inputs)
        try:
            results = self._run(list(self.outputs), inputs)
        except _ORT_ERRORS as error:
            raise EngineError(f"the net failed on {self.device}: {first_line(error)}") from error
        return dict(zip(self.outputs, results, strict=True))

    def share(self) -> Self:
        """Another engine of this net for another thread, without loading it again.

        Only on the processor, where ONNX Runtime's sessions take calls from many threads.
        """
        return copy.copy(self)

    def close(self) -> None:
        """Free the net; a second call is harmless."""
        self._session = self._run = None


def why_no_card() -> str:
    """Why this onnxruntime can run on no card; empty when it has a provider that could."""
    available = onnxruntime.get_available_providers()
    if any(ORT_DEVICES[name].provider in available for name in AUTO[:-1]):
        return ""
    return _describe_missing(AUTO[0])


def _describe_missing(device: str) -> str:
    provider, install = ORT_DEVICES[device].provider, ORT_DEVICES[device].install
    return f"{device} needs an onnxruntime with {provider}, which this one lacks: {install}"


def _options(device: str, threads: int | None, spinning: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or physical_cores()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    # It would choose by a signature, which can stand in a name.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.log_severity_level = (
        3  # errors only: warnings would go to stderr, and ours say what matters
    )
    options.enable_mem_pattern = device != "directml"  # DirectML refuses memory patterns
    return options


def _open(net: OnnxFile, device: str, threads: int | None, spinning: bool) -> tuple[Any, str, str]:
    """The session, the device that it runs on, and why that is no better one."""
    *better, last = AUTO if device == "auto" else (device,)
    reasons: list[str] = []
    for candidate in better:
        installed = ORT_DEVICES[candidate].provider in onnxruntime.get_available_providers()
        try:
            session = _load(net, candidate, _options(candidate, threads, spinning))
        except EngineError as error:
            if installed:
                logger.warning("going on without %s: %s", candidate, error)
            if (
                installed or candidate == AUTO[0]
            ):  # a provider that is not installed was not expected
                reasons.append(str(error))
            continue
        return session, candidate, "; ".join(reasons)
    return _load(net, last, _options(last, threads, spinning)), last, "; ".join(reasons)


def _load(net: OnnxFile, device: str, options: Any) -> Any:
    """A session that really has the provider of `device`; raises EngineError with the fix."""
    wanted = ORT_DEVICES[device]
    if wanted.provider not in onnxruntime.get_available_providers():
        raise EngineError(_describe_missing(device))
    if wanted.memory == "cuda":
        _load_cuda_libraries()
    try:
        session = onnxruntime.InferenceSession(
            net.content,
            options,
            providers=_providers(device),
            enable_fallback=0,  # otherwise a call that fails on the card moves the net to the CPU
        )
    except (*_ORT_ERRORS, ValueError) as error:
        raise EngineError(f"{net.name} does not load on {device}: {first_line(error)}") from error
    session._model_bytes = None  # kept for a fallback that is off, as large as the weights
    if wanted.provider not in session.get_providers():
        raise EngineError(
            f"{device} was asked for, but its {wanted.provider} did not start: {wanted.repair}"
        )
    return session


def _load_cuda_libraries() -> None:
    """Load the libraries that the `gpu` extra brings: the system's loader does not find them."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):  # stdout is for the results of commands
        onnxruntime.preload_dlls()
    logger.debug("loading CUDA: %s", printed.getvalue())


def _providers(device: str) -> list[tuple[str, dict[str, str]]]:
    line = dict.fromkeys((device, *ORT_DEVICES[device].fallbacks, "cpu"))
    return [(ORT_DEVICES[name].provider, dict(ORT_DEVICES[name].options)) for name in line]


def _specs(nodes: list[Any]) -> Mapping[str, TensorSpec]:
    return MappingProxyType({node.name: _spec(node) for node in nodes})


def _spec(node: Any) -> TensorSpec:
    if node.type not in _DTYPES:
        raise EngineError(
            f"tensor {node.name} is {node.type}, which is not supported; export the net again"
        )
    shape = tuple(size if isinstance(size, int) else None for size in node.shape)
    return TensorSpec(name=node.name, shape=shape, dtype=_DTYPES[node.type])


class BoundRun:
    """A session whose tensors stay in the memory of a card, allocated once per input shape."""

    def __init__(self, session: Any, *, memory: str) -> None:
        """memory: where tensors live, as ONNX Runtime names it: "cuda" or "cpu"."""
        self._session, self._memory = session, memory
        self._binding = session.io_binding()
        self._inputs: dict[str, Any] = {}

    def __call__(self, outputs: list[str], inputs: Mapping[str, Array]) -> list[Array]:
        shapes = {name: tuple(value.shape()) for name, value in self._inputs.items()}
        if shapes != {name: array.shape for name, array in inputs.items()}:
            self._bind(outputs, inputs)
        for name, array in inputs.items():
            self._inputs[name].update_inplace(np.ascontiguousarray(array))
        self._session.run_with_iobinding(self._binding)
        results: list[Array] = self._binding.copy_outputs_to_cpu()
        return results

    def _bind(self, outputs: list[str], inputs: Mapping[str, Array]) -> None:
        self._binding.clear_binding_inputs()
        self._binding.clear_binding_outputs()
        for name, array in inputs.items():
            self._inputs[name] = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                array.shape, array.dtype, self._memory, 0
            )
            self._binding.bind_ortvalue_input(name, self._inputs[name])
        for name in outputs:  # the first run of a shape allocates them, later ones reuse them
            self._binding.bind_output(name, self._memory, 0)
