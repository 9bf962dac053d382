"""Backends of `reenact bench --graph`, by names such as "cpu:transposed" or "torch-cuda:half".

Every backend takes host arrays and returns host arrays, so all are measured alike: the time covers
the copies to the card and back, and ends when the card has finished.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn

from engines import DEVICES
from engines.base import Array, Engine, EngineError
from engines.cores import physical_cores
from engines.onnx_file import read_onnx
from engines.swap import SwappingEngine
from export.bench_subjects import Subject
from export.macs import macs_of_file, macs_of_module
from export.static_kernels import UpForm
from reenact.graphics_cards import find_nvidia_cards

Run: TypeAlias = Callable[[Mapping[str, Array]], Array]

UP_FORMS: tuple[UpForm, ...] = ("transposed", "blurred")
"""Forms of up-sampling that a backend's name may ask for; without one it is "phases"."""

ENGINE_VARIANTS = (*UP_FORMS, "fp16")
TORCH_VARIANTS = ("half", "channels-last", "compile", "graph")
TORCH_DEVICES = {"torch-cpu": "cpu", "torch-cuda": "cuda"}

_WARM_UPS = 3  # calls before a CUDA graph is recorded, in which cuDNN chooses its algorithms
_BUILD_S = 1800.0  # the longest that a TensorRT engine is waited for


@dataclass(frozen=True, slots=True)
class Backend:
    """One of our devices, or torch on a device, in some variants."""

    device: str
    """One of `engines.DEVICES` but "auto", or of `TORCH_DEVICES`."""
    variants: frozenset[str] = frozenset()
    """Some of `ENGINE_VARIANTS`, or of `TORCH_VARIANTS` for torch."""

    def __str__(self) -> str:
        return ":".join(filter(None, (self.device, "+".join(sorted(self.variants)))))

    @property
    def in_torch(self) -> bool:
        """Whether torch runs the net, and not one of our engines."""
        return self.device in TORCH_DEVICES


@dataclass(frozen=True, slots=True)
class LoadedNet:
    """A net that a backend has loaded."""

    run: Run
    """Runs the net once: arrays by name in, its only output back."""
    close: Callable[[], None]
    """Frees the net."""


def parse_backend(text: str) -> Backend:
    """The backend named DEVICE or DEVICE:VARIANT+VARIANT. Raises ValueError for other names."""
    device, _, rest = text.partition(":")
    allowed = TORCH_VARIANTS if device in TORCH_DEVICES else ENGINE_VARIANTS
    variants = frozenset(filter(None, rest.split("+")))
    if device not in (*DEVICES, *TORCH_DEVICES) or device == "auto":
        known = ", ".join((*(name for name in DEVICES if name != "auto"), *TORCH_DEVICES))
        raise ValueError(f"--on takes {known}; got {text!r}")
    if not variants <= set(allowed):
        raise ValueError(f"{device} may be followed by :{'+'.join(allowed)}; got {text!r}")
    return Backend(device, variants)


def choose_backends(names: Sequence[str] | None, *, random_weights: bool) -> list[Backend]:
    """The backends of these names; None takes what is worth comparing on this machine.

    random_weights: without them a pack's own files are measured, which cannot be written in
    another form of up-sampling, nor run as the torch module. Raises ValueError for an unknown name.
    """
    if names is not None:
        return [parse_backend(name) for name in names]
    usual = usual_backends(card=bool(find_nvidia_cards()))
    if random_weights:
        return usual
    plain = (Backend(b.device, b.variants.difference(UP_FORMS)) for b in usual if not b.in_torch)
    return list(dict.fromkeys(plain))


def usual_backends(*, card: bool) -> list[Backend]:
    """The backends that are worth comparing on a machine with an NVIDIA card, or without one."""
    names = ["cpu", "cpu:transposed", "cpu:blurred", "openvino:blurred", "torch-cpu"]
    if card:
        fast = "torch-cuda:half+channels-last"
        names = ["cuda", "cuda:fp16", "cuda:transposed+fp16", "tensorrt", "tensorrt:fp16"]
        names += ["tensorrt:transposed+fp16", "torch:fp16", "torch-cuda", "torch-cuda:half", fast]
        names += [f"{fast}+compile", f"{fast}+graph"]
    return [parse_backend(name) for name in names]


def work_of(backend: Backend, subject: Subject) -> int:
    """The multiply-accumulates for one item. Raises EngineError when they cannot be counted.

    It also writes the file that the backend reads, so that `open_backend` grows by the backend's
    own memory only.
    """
    if backend.in_torch:
        example = (torch.from_numpy(array) for array in subject.inputs(1).values())
        return macs_of_module(subject.module().eval(), tuple(example))
    path = _file(backend, subject)
    try:
        return macs_of_file(path)
    except ValueError as error:
        raise EngineError(f"the work of {path.name} cannot be counted: {error}") from error


def open_backend(backend: Backend, subject: Subject) -> LoadedNet:
    """Load `subject` on the backend. Raises EngineError when the backend does not work here."""
    return _open_torch(backend, subject) if backend.in_torch else _open_engine(backend, subject)


def _open_engine(backend: Backend, subject: Subject) -> LoadedNet:
    net = read_onnx(_file(backend, subject))
    engine = _wait_for_build(DEVICES[backend.device](net, _precision(backend)), subject)

    def run(inputs: Mapping[str, Array]) -> Array:
        (result,) = engine(**inputs).values()
        return result

    return LoadedNet(run, engine.close)


def _file(backend: Backend, subject: Subject) -> Path:
    up: UpForm = next((form for form in UP_FORMS if form in backend.variants), "phases")
    return subject.file(up, _precision(backend))


def _precision(backend: Backend) -> str:
    return "fp16" if "fp16" in backend.variants else "fp32"


def _wait_for_build(engine: Engine, subject: Subject) -> Engine:
    """The engine, once TensorRT has built it: until then another one would be measured."""
    if not isinstance(engine, SwappingEngine):
        return engine
    end, inputs = time.monotonic() + _BUILD_S, subject.inputs(1)
    while engine.state.stage in ("building", "trying") and time.monotonic() < end:
        engine(**inputs)
        engine.wait(1.0)
    if engine.state.stage != "swapped":
        reason = engine.reason
        engine.close()
        raise EngineError(reason)
    return engine


def _open_torch(backend: Backend, subject: Subject) -> LoadedNet:
    device, variants = TORCH_DEVICES[backend.device], backend.variants
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineError("torch sees no CUDA device; install a torch built for CUDA")
    if device == "cpu" and variants & {"half", "graph"}:
        raise EngineError(f"torch runs {'+'.join(sorted(variants))} on a card only")
    torch.set_num_threads(physical_cores())
    module = deepcopy(subject.module()).eval().to(device)
    if "channels-last" in variants:
        module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    call: Any = torch.compile(module, dynamic=False) if "compile" in variants else module
    call = _autocast(call) if "half" in variants else call
    call = _Recorded(call) if "graph" in variants else call

    def run(inputs: Mapping[str, Array]) -> Array:
        with torch.inference_mode():
            tensors = [torch.from_numpy(array).to(device) for array in inputs.values()]
            result: Array = call(*tensors).cpu().numpy()
            return result

    return LoadedNet(run, lambda: None)


def _autocast(module: nn.Module) -> Callable[..., Any]:
    def call(*inputs: torch.Tensor) -> Any:
        with torch.autocast("cuda", torch.float16):
            return module(*inputs)

    return call


class _Recorded:
    """A torch module, recorded as one CUDA graph for each shape of its inputs."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self._graphs: dict[Any, tuple[Any, list[torch.Tensor], Any]] = {}

    def __call__(self, *inputs: torch.Tensor) -> Any:
        shapes = tuple(value.shape for value in inputs)
        if shapes not in self._graphs:
            self._graphs[shapes] = self._record([value.clone() for value in inputs])
        graph, kept, result = self._graphs[shapes]
        for target, value in zip(kept, inputs, strict=True):
            target.copy_(value)
        graph.replay()
        return result

    def _record(self, inputs: list[torch.Tensor]) -> tuple[Any, list[torch.Tensor], Any]:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UPS):
                self._call(*inputs)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = self._call(*inputs)
        return graph, inputs, result
