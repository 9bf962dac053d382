"""ONNX Runtime: runs on every machine; on NVIDIA cards with the `gpu` extra."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import onnxruntime
import psutil
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from engines.base import Array, EngineError, TensorSpec

logger = logging.getLogger(__name__)

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
"""ONNX Runtime's name of each device, best first."""

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
)

_INSTALL_CUDA = "pip uninstall -y onnxruntime && pip install 'reenact[gpu]', or use the cpu"
_REPAIR_CUDA = "check nvidia-smi and the CUDA and cuDNN libraries, or use the cpu"


class OrtEngine:
    """A net in ONNX Runtime. Call it from one thread at a time."""

    def __init__(
        self,
        path: Path,
        *,
        device: str = "auto",
        threads: int | None = None,
        spinning: bool = False,
    ) -> None:
        """Load `path` and make sure that it runs where it was asked to.

        device: "auto" is cuda where it starts, else cpu, with a warning when a card's provider is
        installed and does not start. threads: None is one per physical core of this process.
        spinning: threads wait busily between operators. That is only for a machine with nothing
        else to do: beside a tracker and an encoder it doubles the cost of a frame.
        Raises EngineError when the file is no net, or `device` is not to be had.
        """
        self._session = _open_session(path, device, _options(threads, spinning))
        active = self._session.get_providers()
        self._device = next(name for name, provider in PROVIDERS.items() if provider in active)
        self._inputs = _specs(self._session.get_inputs())
        self._outputs = _specs(self._session.get_outputs())

    @property
    def inputs(self) -> Mapping[str, TensorSpec]:
        return self._inputs

    @property
    def outputs(self) -> Mapping[str, TensorSpec]:
        return self._outputs

    @property
    def device(self) -> str:
        """Where ONNX Runtime says it runs: "cpu" or "cuda"."""
        return self._device

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._session is None:
            raise EngineError("this engine is closed; open a new one")
        _check(self._inputs, inputs)
        try:
            results = self._session.run(list(self._outputs), inputs)
        except _ORT_ERRORS as error:
            raise EngineError(f"the net failed on {self._device}: {_first_line(error)}") from error
        return dict(zip(self._outputs, results, strict=True))

    def close(self) -> None:
        """Free the net; twice is harmless."""
        self._session = None


def physical_cores() -> int:
    """Physical cores that this process may use, at least 1."""
    cores = psutil.cpu_count(logical=False) or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    return max(cores, 1)


def _options(threads: int | None, spinning: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or physical_cores()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    options.log_severity_level = 3  # ours say what matters; warnings go to stderr unasked
    return options


def _open_session(path: Path, device: str, options: Any) -> Any:
    if device not in ("auto", *PROVIDERS):
        raise EngineError(f"unknown device {device!r}; use auto, cpu or cuda")
    if device == "cpu":
        return _load(path, "cpu", options)
    if PROVIDERS["cuda"] not in onnxruntime.get_available_providers():
        if device == "auto":
            return _load(path, "cpu", options)
        raise EngineError(
            f"device cuda was asked for, but this onnxruntime has no CUDA provider: {_INSTALL_CUDA}"
        )
    return _load_cuda(path, device, options)


def _load_cuda(path: Path, device: str, options: Any) -> Any:
    try:
        session = _load(path, "cuda", options)
        reason = "ONNX Runtime fell back to another provider"
    except EngineError as error:
        if device == "cuda":
            raise
        session, reason = _load(path, "cpu", options), str(error)
    if PROVIDERS["cuda"] in session.get_providers():
        return session
    if device == "cuda":
        raise EngineError(
            f"device cuda was asked for, but its provider did not start: {_REPAIR_CUDA}"
        )
    logger.warning("the CUDA provider did not start, running on the cpu: %s", reason)
    return session


def _load(path: Path, device: str, options: Any) -> Any:
    if not path.is_file():
        raise EngineError(f"no net at {path}; check the path")
    providers = [PROVIDERS[device]] + [PROVIDERS["cpu"]] * (device != "cpu")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except _ORT_ERRORS as error:
        raise EngineError(f"{path.name} does not load on {device}: {_first_line(error)}") from error


def _specs(nodes: list[Any]) -> Mapping[str, TensorSpec]:
    return MappingProxyType({node.name: _spec(node) for node in nodes})


def _spec(node: Any) -> TensorSpec:
    if node.type not in _DTYPES:
        raise EngineError(f"tensor {node.name} is {node.type}, which we do not speak; export anew")
    shape = tuple(size if isinstance(size, int) else None for size in node.shape)
    return TensorSpec(name=node.name, shape=shape, dtype=_DTYPES[node.type])


def _check(specs: Mapping[str, TensorSpec], inputs: Mapping[str, Array]) -> None:
    if inputs.keys() != specs.keys():
        raise EngineError(f"inputs must be {', '.join(specs)}, got {', '.join(inputs) or 'none'}")
    for name, spec in specs.items():
        spec.check(inputs[name])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
