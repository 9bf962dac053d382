"""One NVIDIA card through the CUDA driver: memory, a stream, recorded work.

`cuda.bindings` is NVIDIA's own package (8 MB, Apache-2.0) and brings no CUDA. The driver API works
with every driver that runs TensorRT, while the runtime API needs a driver as new as itself; torch
and CuPy would bring gigabytes for twenty calls.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from engines.base import EngineError, first_line

Handle: TypeAlias = Any
"""An object of the driver: opaque, but `int()` of a pointer or a stream is its address."""

_INSTALL = "pip install 'reenact[tensorrt]'"
_NO_CARD = "check nvidia-smi, or use device auto"


class CudaDriver(Protocol):
    """The part of `cuda.bindings.driver` that we use; each call returns (error, result...)."""

    CUdevice_attribute: Any
    CUstreamCaptureMode: Any

    def cuInit(self, flags: int, /) -> tuple[Any, ...]: ...
    def cuDriverGetVersion(self) -> tuple[Any, ...]: ...
    def cuDeviceGet(self, ordinal: int, /) -> tuple[Any, ...]: ...
    def cuDeviceGetName(self, length: int, device: Handle, /) -> tuple[Any, ...]: ...
    def cuDeviceGetAttribute(self, attribute: Any, device: Handle, /) -> tuple[Any, ...]: ...
    def cuDevicePrimaryCtxRetain(self, device: Handle, /) -> tuple[Any, ...]: ...
    def cuCtxSetCurrent(self, context: Handle, /) -> tuple[Any, ...]: ...
    def cuStreamCreate(self, flags: int, /) -> tuple[Any, ...]: ...
    def cuStreamSynchronize(self, stream: Handle, /) -> tuple[Any, ...]: ...
    def cuStreamDestroy(self, stream: Handle, /) -> tuple[Any, ...]: ...
    def cuMemAlloc(self, size: int, /) -> tuple[Any, ...]: ...
    def cuMemFree(self, pointer: Handle, /) -> tuple[Any, ...]: ...
    def cuMemAllocHost(self, size: int, /) -> tuple[Any, ...]: ...
    def cuMemFreeHost(self, pointer: int, /) -> tuple[Any, ...]: ...
    def cuMemcpyHtoDAsync(
        self, target: Handle, source: int, size: int, stream: Handle, /
    ) -> tuple[Any, ...]: ...
    def cuMemcpyDtoHAsync(
        self, target: int, source: Handle, size: int, stream: Handle, /
    ) -> tuple[Any, ...]: ...
    def cuStreamBeginCapture(self, stream: Handle, mode: Any, /) -> tuple[Any, ...]: ...
    def cuStreamEndCapture(self, stream: Handle, /) -> tuple[Any, ...]: ...
    def cuGraphInstantiate(self, graph: Handle, flags: int, /) -> tuple[Any, ...]: ...
    def cuGraphLaunch(self, executable: Handle, stream: Handle, /) -> tuple[Any, ...]: ...
    def cuGraphDestroy(self, graph: Handle, /) -> tuple[Any, ...]: ...
    def cuGraphExecDestroy(self, executable: Handle, /) -> tuple[Any, ...]: ...


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """The card and the driver that a TensorRT engine is tied to."""

    name: str
    """The card's name, such as "NVIDIA L4"."""
    capability: str
    """CUDA compute capability, such as "8.9"."""
    driver: str
    """Version of the driver and of the CUDA that it speaks."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """The same bytes on the card and in page-locked memory of the host."""

    device: Handle
    """Pointer to the bytes on the card."""
    host_address: int
    """Address of the bytes in the host's memory."""
    host: npt.NDArray[np.uint8]
    """The bytes in the host's memory, (size,)."""


class Gpu:
    """The first visible card (CUDA_VISIBLE_DEVICES chooses). Its calls raise EngineError.

    Any thread may use it after `enter`, which costs a microsecond.
    """

    def __init__(self, driver: CudaDriver) -> None:
        self._driver = driver
        try:
            self._call(driver.cuInit, 0)
            (device,) = self._call(driver.cuDeviceGet, 0)
            self.facts = self._read_facts(device)
            (self._context,) = self._call(driver.cuDevicePrimaryCtxRetain, device)
        except (EngineError, RuntimeError) as error:  # RuntimeError: no driver library at all
            raise EngineError(
                f"no NVIDIA card answers ({first_line(error)}); {_NO_CARD}"
            ) from error

    def _read_facts(self, device: Handle) -> GpuFacts:
        driver, attributes = self._driver, self._driver.CUdevice_attribute
        (name,) = self._call(driver.cuDeviceGetName, 256, device)
        (major,) = self._call(
            driver.cuDeviceGetAttribute,
            attributes.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
            device,
        )
        (minor,) = self._call(
            driver.cuDeviceGetAttribute,
            attributes.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
            device,
        )
        (version,) = self._call(driver.cuDriverGetVersion)
        text = bytes(name).split(b"\0")[0].decode("utf-8", "replace")
        return GpuFacts(text, f"{major}.{minor}", _driver_version(int(version)))

    def enter(self) -> None:
        """Make this card the current one of the calling thread."""
        self._call(self._driver.cuCtxSetCurrent, self._context)

    def open_stream(self) -> Handle:
        """A new stream; work on it runs in order."""
        (stream,) = self._call(self._driver.cuStreamCreate, 1)  # 1: not tied to the default stream
        return stream

    def close_stream(self, stream: Handle) -> None:
        """Free the stream."""
        self._call(self._driver.cuStreamDestroy, stream)

    def wait(self, stream: Handle) -> None:
        """Wait until all work on the stream is done."""
        self._call(self._driver.cuStreamSynchronize, stream)

    def allocate(self, size: int) -> Buffer:
        """Reserve `size` bytes, at least 1, on the card and in the host's memory."""
        (device,) = self._call(self._driver.cuMemAlloc, size)
        try:
            (address,) = self._call(self._driver.cuMemAllocHost, size)
        except EngineError:
            self._call(self._driver.cuMemFree, device)
            raise
        memory = (ctypes.c_uint8 * size).from_address(int(address))
        return Buffer(device, int(address), np.ctypeslib.as_array(memory))

    def free(self, buffer: Buffer) -> None:
        """Give back both memories; no view of `buffer.host` may be used afterwards."""
        self._call(self._driver.cuMemFree, buffer.device)
        self._call(self._driver.cuMemFreeHost, buffer.host_address)

    def upload(self, buffer: Buffer, size: int, stream: Handle) -> None:
        """Put a copy of the first `size` bytes to the card on the stream."""
        self._call(self._driver.cuMemcpyHtoDAsync, buffer.device, buffer.host_address, size, stream)

    def download(self, buffer: Buffer, size: int, stream: Handle) -> None:
        """Put a copy of the first `size` bytes to the host on the stream."""
        self._call(self._driver.cuMemcpyDtoHAsync, buffer.host_address, buffer.device, size, stream)

    def record(self, stream: Handle, work: Callable[[], None]) -> Handle:
        """Record what `work` puts on the stream, without running it, as one graph to `launch`."""
        mode = self._driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        self._call(self._driver.cuStreamBeginCapture, stream, mode)
        try:
            work()
        except EngineError:
            self._driver.cuStreamEndCapture(stream)  # fails as well, and ends the recording
            raise
        (graph,) = self._call(self._driver.cuStreamEndCapture, stream)
        try:
            (executable,) = self._call(self._driver.cuGraphInstantiate, graph, 0)
        finally:
            self._call(self._driver.cuGraphDestroy, graph)
        return executable

    def launch(self, recorded: Handle, stream: Handle) -> None:
        """Put recorded work on the stream."""
        self._call(self._driver.cuGraphLaunch, recorded, stream)

    def forget(self, recorded: Handle) -> None:
        """Free recorded work."""
        self._call(self._driver.cuGraphExecDestroy, recorded)

    def _call(self, function: Callable[..., tuple[Any, ...]], *arguments: Any) -> tuple[Any, ...]:
        error, *results = function(*arguments)
        if int(error) != 0:
            raise EngineError(
                f"CUDA failed: {function.__name__} says {getattr(error, 'name', error)}; "
                "restart, or use device cpu"
            )
        return tuple(results)


def open_gpu() -> Gpu:
    """The first visible card. Raises EngineError, with the fix, when there is none."""
    try:
        from cuda.bindings import driver
    except ImportError as error:
        raise EngineError(f"TensorRT needs cuda-bindings ({error}): {_INSTALL}") from error
    return Gpu(driver)


def _driver_version(cuda: int) -> str:
    """The kernel module's version where Linux shows it, with the CUDA version it speaks."""
    try:
        module = Path("/sys/module/nvidia/version").read_text(encoding="ascii").strip()
    except OSError:
        module = ""
    return f"{module} CUDA {cuda // 1000}.{cuda % 1000 // 10}".strip()
