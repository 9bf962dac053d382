"""TensorRT: runs plans that this machine built (see `store.py`), and accepts no others."""

import logging
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from engines.base import Array, ClosedEngineError, EngineError, TensorSpec, check_inputs
from engines.gpu import Buffer, Gpu, Handle
from engines.store import PlanRefusedError, StoredPlan
from engines.trt_api import TensorRt, TrtContext, TrtPlanEngine, make_logger

logger = logging.getLogger(__name__)

_DTYPES = {
    "FLOAT": "float32",
    "HALF": "float16",
    "UINT8": "uint8",
    "INT8": "int8",
    "INT32": "int32",
    "INT64": "int64",
    "BOOL": "bool",
}

_LANES = 4
"""Batch sizes kept ready at a time; each holds working memory of its own on the card."""


@dataclass(slots=True)
class _Lane:
    """One batch size: a context with its shapes set, and the recorded work of a call.

    Each has its own context, because a recording is void once its context sees another shape.
    """

    context: TrtContext
    """The context, with the shapes of this batch size."""
    recorded: Handle | None = None
    """The CUDA graph of a call; None before the first call, or when calls are not recorded."""


class TrtEngine:
    """A TensorRT plan on the first NVIDIA card. Call it from one thread at a time, any thread."""

    device = "tensorrt"

    def __init__(
        self, plan: StoredPlan, *, trt: TensorRt, gpu: Gpu, recording: bool = True
    ) -> None:
        """Load `plan` and reserve its memory on the card.

        recording: launch each call as one CUDA graph, recorded at the first call of its batch size.
        Raises PlanRefusedError when TensorRT refuses the plan, EngineError when memory runs out.
        """
        gpu.enter()
        self._gpu, self._recording = gpu, recording
        self.reason = plan.note
        """What could be better: the engine is not kept, or its calls are not recorded."""
        self._logger = make_logger(trt)
        self._runtime = trt.Runtime(self._logger)
        engine = self._runtime.deserialize_cuda_engine(plan.data)
        if engine is None:
            raise PlanRefusedError(f"TensorRT refuses its own engine: {self._last_error()}")
        self._engine: TrtPlanEngine | None = engine
        self.inputs, self.outputs = _specs(trt, engine)
        self.batches = _batches(engine, self.inputs)
        """The least and the most items of a call, from the plan's profile."""
        self._lanes: OrderedDict[int, _Lane] = OrderedDict()
        self._buffers: dict[str, Buffer] = {}
        self._stream = gpu.open_stream()
        try:
            for spec in self._specs():
                self._buffers[spec.name] = gpu.allocate(_bytes(spec, self.batches[1]))
        except EngineError:
            self.close()
            raise

    def warm_up(self, batch: int = 1) -> None:
        """Run once on zeros, so that the first real call of this batch size is fast."""
        batch = min(max(batch, self.batches[0]), self.batches[1])
        self(**{s.name: np.zeros(_shape(s, batch), s.dtype) for s in self.inputs.values()})

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once. Raises EngineError for inputs that do not fit, or when it fails."""
        if self._engine is None:
            raise ClosedEngineError
        check_inputs(self.inputs, inputs)
        batch = self._batch_of(inputs)
        self._gpu.enter()
        lane = self._lane(batch)
        for name, array in inputs.items():
            self._view(self.inputs[name], batch)[...] = array
        self._run(lane, batch)
        return {name: self._view(spec, batch).copy() for name, spec in self.outputs.items()}

    def close(self) -> None:
        """Free everything on the card; a second call is harmless."""
        if self._engine is None:
            return
        self._gpu.enter()
        while self._lanes:
            self._drop(self._lanes.popitem()[1])
        for buffer in self._buffers.values():
            self._gpu.free(buffer)
        self._buffers.clear()
        self._gpu.close_stream(self._stream)
        self._engine = None

    def _specs(self) -> list[TensorSpec]:
        return [*self.inputs.values(), *self.outputs.values()]

    def _batch_of(self, inputs: Mapping[str, Array]) -> int:
        sizes = {inputs[name].shape[0] for name, s in self.inputs.items() if _is_batched(s)}
        least, most = self.batches
        batch = sizes.pop() if sizes else most
        if sizes:
            raise EngineError(f"inputs must have one batch size, got {sorted({batch, *sizes})}")
        if not least <= batch <= most:
            raise EngineError(
                f"this engine was built for {least} to {most} items a call, got {batch}; "
                "split them, or open it for larger batches"
            )
        return batch

    def _lane(self, batch: int) -> _Lane:
        lane = self._lanes.pop(batch, None) or _Lane(self._new_context(batch))
        self._lanes[batch] = lane  # the one used last stands last
        if len(self._lanes) > _LANES:
            self._drop(self._lanes.popitem(last=False)[1])
        return lane

    def _new_context(self, batch: int) -> TrtContext:
        assert self._engine is not None
        context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(f"TensorRT has no memory for {batch} items: {self._last_error()}")
        for spec in self.inputs.values():
            if not context.set_input_shape(spec.name, _shape(spec, batch)):
                raise EngineError(f"TensorRT refuses {batch} items: {self._last_error()}")
        for name, buffer in self._buffers.items():
            if not context.set_tensor_address(name, int(buffer.device)):
                raise EngineError(f"TensorRT refuses the memory of {name}: {self._last_error()}")
        for spec in self.outputs.values():
            if tuple(context.get_tensor_shape(spec.name)) != _shape(spec, batch):
                raise EngineError(f"{spec.name} must have one batch axis and no other free one")
        return context

    def _run(self, lane: _Lane, batch: int) -> None:
        if lane.recorded is not None:
            self._gpu.launch(lane.recorded, self._stream)
            self._gpu.wait(self._stream)
            return
        self._enqueue(lane, batch)  # the first call of a shape may not be recorded
        self._gpu.wait(self._stream)
        if self._recording:
            self._record(lane, batch)

    def _enqueue(self, lane: _Lane, batch: int) -> None:
        for name, spec in self.inputs.items():
            self._gpu.upload(self._buffers[name], _bytes(spec, batch), self._stream)
        if not lane.context.execute_async_v3(int(self._stream)):
            raise EngineError(f"the net failed on tensorrt: {self._last_error()}")
        for name, spec in self.outputs.items():
            self._gpu.download(self._buffers[name], _bytes(spec, batch), self._stream)

    def _record(self, lane: _Lane, batch: int) -> None:
        try:
            lane.recorded = self._gpu.record(self._stream, lambda: self._enqueue(lane, batch))
        except EngineError as error:
            self._recording = False
            note = f"calls are launched step by step, not as one CUDA graph: {error}"
            self.reason = "; ".join(filter(None, (self.reason, note)))
            logger.warning("%s", note)

    def _drop(self, lane: _Lane) -> None:
        if lane.recorded is not None:
            self._gpu.forget(lane.recorded)

    def _view(self, spec: TensorSpec, batch: int) -> Array:
        """The host memory of a tensor, as an array of this batch size."""
        used = self._buffers[spec.name].host[: _bytes(spec, batch)]
        return used.view(spec.dtype).reshape(_shape(spec, batch))

    def _last_error(self) -> str:
        return self._logger.error.splitlines()[0] if self._logger.error else "it does not say why"


def _specs(
    trt: TensorRt, engine: TrtPlanEngine
) -> tuple[Mapping[str, TensorSpec], Mapping[str, TensorSpec]]:
    inputs: dict[str, TensorSpec] = {}
    outputs: dict[str, TensorSpec] = {}
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        (inputs if is_input else outputs)[name] = _spec(engine, name)
    return MappingProxyType(inputs), MappingProxyType(outputs)


def _spec(engine: TrtPlanEngine, name: str) -> TensorSpec:
    dtype: Any = engine.get_tensor_dtype(name)
    if dtype.name not in _DTYPES:
        raise EngineError(
            f"tensor {name} is {dtype.name}, which is not supported; export the net again"
        )
    shape = tuple(None if size < 0 else int(size) for size in engine.get_tensor_shape(name))
    if None in shape[1:]:
        raise EngineError(f"tensor {name} must have no free axis but the first, got {shape}")
    return TensorSpec(name, shape, _DTYPES[dtype.name])


def _batches(engine: TrtPlanEngine, inputs: Mapping[str, TensorSpec]) -> tuple[int, int]:
    least, most = 1, 1
    for name in filter(lambda name: _is_batched(inputs[name]), inputs):
        smallest, _, largest = engine.get_tensor_profile_shape(name, 0)
        least, most = int(smallest[0]), int(largest[0])
    return least, most


def _is_batched(spec: TensorSpec) -> bool:
    return spec.shape[:1] == (None,)


def _shape(spec: TensorSpec, batch: int) -> tuple[int, ...]:
    return tuple(batch if size is None else size for size in spec.shape)


def _bytes(spec: TensorSpec, batch: int) -> int:
    return math.prod(_shape(spec, batch)) * np.dtype(spec.dtype).itemsize
