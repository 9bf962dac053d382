"""PyTorch as a backend: runs our ONNX files node by node, or as one CUDA graph per batch size.

It reads the same file as every other backend; the file may hold no operation outside `OPERATIONS`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from engines.base import (
    Array,
    ClosedEngineError,
    EngineError,
    TensorSpec,
    check_inputs,
    first_line,
)
from engines.onnx_file import OnnxFile
from engines.pytorch_operations import OPERATIONS

_Values: TypeAlias = dict[str, Tensor]
_MOST_GRAPHS = 4  # CUDA graphs kept at a time, each with its own memory; a stream needs one


class PytorchEngine:
    """A net in PyTorch. Call it from one thread at a time."""

    reason = ""

    def __init__(self, net: OnnxFile, *, device: str = "auto") -> None:
        """Load `net`. device: "cpu", "cuda", or "auto" for cuda where there is a card.

        Raises EngineError when the file is no net of ours, or `device` does not work here.
        """
        self.device = _choose_device(device)
        graph = _read(net)
        self._program: _Program | None = _Program(graph, self.device)
        names = {weight.name for weight in graph.initializer}
        self.inputs = _specs([port for port in graph.input if port.name not in names])
        self.outputs = _specs(graph.output)
        self._graphs: dict[tuple[tuple[int, ...], ...], _CudaGraph] = {}

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._program is None:
            raise ClosedEngineError
        check_inputs(self.inputs, inputs)
        try:
            return self._run(self._program, {n: torch.tensor(inputs[n]) for n in self.inputs})
        except RuntimeError as error:
            raise EngineError(f"the net failed on {self.device}: {first_line(error)}") from error

    def close(self) -> None:
        """Free the net; a second call is harmless."""
        self._program = None
        self._graphs.clear()

    @torch.inference_mode()
    def _run(self, program: "_Program", inputs: _Values) -> dict[str, Array]:
        if self.device == "cpu":
            return {name: value.numpy() for name, value in program(inputs).items()}
        shapes = tuple(tuple(value.shape) for value in inputs.values())
        if shapes not in self._graphs:
            if len(self._graphs) == _MOST_GRAPHS:
                self._graphs.pop(next(iter(self._graphs)))
            self._graphs[shapes] = _CudaGraph(program, inputs)
        return {name: value.cpu().numpy() for name, value in self._graphs[shapes](inputs).items()}


class _Program:
    """The nodes of a graph, ready to run one after the other."""

    def __init__(self, graph: Any, device: str) -> None:
        import onnx

        unknown = sorted({node.op_type for node in graph.node} - OPERATIONS.keys())
        if unknown:
            raise EngineError(
                f"this net uses {', '.join(unknown)}, which our PyTorch interpreter does not know; "
                "run it on ONNX Runtime"
            )
        self._weights = {
            weight.name: _place(onnx.numpy_helper.to_array(weight), device)
            for weight in graph.initializer
        }
        self._results = [port.name for port in graph.output]
        last = {name: index for index, node in enumerate(graph.node) for name in node.input}
        kept = {"", *self._weights, *self._results}
        self._steps = [
            (
                OPERATIONS[node.op_type],
                {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute},
                list(node.input),
                list(node.output),
                [name for name in set(node.input) - kept if last[name] == index],
            )
            for index, node in enumerate(graph.node)
        ]

    def __call__(self, inputs: _Values) -> _Values:
        values: _Values = {**self._weights, **inputs}
        for operation, attributes, sources, targets, finished in self._steps:
            arguments = [values[name] if name else None for name in sources]
            results = operation(attributes, *arguments)
            values.update(
                zip(targets, results if isinstance(results, tuple) else (results,), strict=True)
            )
            for name in finished:
                del values[name]
        return {name: values[name].contiguous() for name in self._results}


class _CudaGraph:
    """A program for inputs of one shape, recorded once and replayed by the GPU on its own."""

    def __init__(self, program: _Program, inputs: _Values) -> None:
        self._inputs = {name: value.cuda() for name, value in inputs.items()}
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with _exact_convolutions():
            with torch.cuda.stream(aside):
                for _ in range(3):  # cuDNN picks its algorithms, which a capture cannot do
                    program(self._inputs)
            torch.cuda.current_stream().wait_stream(aside)
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._outputs = program(self._inputs)

    def __call__(self, inputs: _Values) -> _Values:
        for name, value in inputs.items():
            self._inputs[name].copy_(value)
        self._graph.replay()
        return self._outputs


def _exact_convolutions() -> Any:
    """The file says which tensors are half precision: TF32 would round the other ones too."""
    return torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False)


def _choose_device(device: str) -> str:
    if device not in ("auto", "cpu", "cuda"):
        raise EngineError(f"unknown device {device!r}; use auto, cpu or cuda")
    if device != "cpu" and torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise EngineError(
            "device cuda was asked for, but PyTorch finds none; check nvidia-smi, or use the cpu"
        )
    return "cpu"


def _read(net: OnnxFile) -> Any:
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise EngineError(
            "running nets in PyTorch needs the 'export' extra: pip install 'reenact[export]'"
        ) from error
    graph = onnx.load_model_from_string(net.content).graph
    if not graph.node:
        raise EngineError(f"{net.name} holds no net; get it again")
    return graph


def _specs(ports: Sequence[Any]) -> Mapping[str, TensorSpec]:
    return MappingProxyType({port.name: _spec(port) for port in ports})


def _spec(port: Any) -> TensorSpec:
    import onnx

    kind = port.type.tensor_type
    shape = tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in kind.shape.dim)
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    return TensorSpec(name=port.name, shape=shape, dtype=dtype)


def _place(array: Array, device: str) -> Tensor:
    """The array on `device`; integers (shapes, axes) stay on the CPU, so reading them is free."""
    value = torch.tensor(np.asarray(array))
    if device == "cpu" or not value.is_floating_point():
        return value
    value = value.to(device)
    return value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value
