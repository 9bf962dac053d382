"""A CUDA driver that behaves as the real one does, without a card.

Work put on a stream runs only when the stream is waited for; recorded work, only when launched.
"""

import ctypes
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Work = Callable[[], None]

INVALID_VALUE, OUT_OF_MEMORY, NO_DEVICE = 1, 2, 100
INVALID_CONTEXT, INVALID_HANDLE = 201, 400
CAPTURE_UNSUPPORTED, CAPTURE_INVALIDATED = 900, 901


def _move(to: int, source: int, size: int) -> None:
    ctypes.memmove(to, source, size)


class FakeCudaDriver:
    """The module `cuda.bindings.driver`, with one card."""

    CUdevice_attribute = SimpleNamespace(
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR=75,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR=76,
    )
    CUstreamCaptureMode = SimpleNamespace(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL=1)

    def __init__(self, name: str = "Fake 4090", capability: tuple[int, int] = (8, 9)) -> None:
        self.name, self.capability = name, capability
        self.failing: dict[str, int] = {}
        """Functions that answer with this error, by name."""
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
        """Append `work` to the stream's queue, or to its recording while there is one."""
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
        """The number of resources that were taken and not given back."""
        return len(self.memory) + len(self.queues) + len(self.graphs)
