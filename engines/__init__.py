"""Engines run a named net: arrays in, arrays out. They know no faces and import nothing of ours."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.base import Engine, EngineError, TensorSpec, check_tensors
from engines.onnx_file import OnnxFile, read_onnx

# ONNX Runtime reports the machine and each net to its maker, and reads this when first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def _ort(device: str) -> Callable[[OnnxFile, str], Engine]:
    def open_on_device(net: OnnxFile, precision: str) -> Engine:
        from engines.ort import OrtEngine

        return OrtEngine(net, device=device)

    return open_on_device


def _tensorrt(net: OnnxFile, precision: str) -> Engine:
    from engines.trt_open import find_host, open_tensorrt

    return open_tensorrt(find_host(), net, precision)


def _torch(net: OnnxFile, precision: str) -> Engine:
    try:
        from engines.pytorch import PytorchEngine
    except ModuleNotFoundError as error:
        raise EngineError(
            f"device torch was asked for, but {error.name} is not installed: "
            "pip install 'reenact[export]'"
        ) from error
    return PytorchEngine(net, device="cuda")


def _openvino(net: OnnxFile, precision: str) -> Engine:
    from engines.openvino_cpu import OpenvinoEngine

    return OpenvinoEngine(net)


def _auto(net: OnnxFile, precision: str) -> Engine:
    from engines.auto import open_auto

    return open_auto(net, precision)


DEVICES: dict[str, Callable[[OnnxFile, str], Engine]] = {
    "auto": _auto,
    "cpu": _ort("cpu"),
    "cuda": _ort("cuda"),
    "tensorrt": _tensorrt,
    "torch": _torch,
    "ort-tensorrt": _ort("ort-tensorrt"),
    "directml": _ort("directml"),
    "openvino": _openvino,
    "ort-openvino": _ort("ort-openvino"),
    "coreml": _ort("coreml"),
}
"""Every device by name, with the function that opens a net on it: (net, precision) -> engine.

A new device is one file beside this one and one line here.
"""

ON_PROCESSOR = frozenset({"cpu", "openvino"})
"""Devices that share the processor with the tracker and the codecs."""

_PLAN_SUFFIXES = (".engine", ".plan", ".trt")


def open_engine(
    net: OnnxFile | Path,
    device: str = "auto",
    *,
    precision: str = "fp32",
    inputs: Sequence[TensorSpec] | None = None,
    outputs: Sequence[TensorSpec] | None = None,
) -> Engine:
    """Load a net from an ONNX file, or from the path of one.

    device: one of `DEVICES`. "auto" takes the best device that works, and `Engine.reason` then says
    why it is not a better one; every other name takes that device or fails. "tensorrt" serves with
    ONNX Runtime while it builds (a `SwappingEngine`).
    precision: the arithmetic in the file, "fp32", "fp16" or "mixed".
    inputs, outputs: the tensors that the net must have; None accepts any.
    Raises EngineError when the file cannot be loaded, is another net, or the device does not work.
    """
    if device not in DEVICES:
        raise EngineError(f"unknown device {device!r}; use one of {', '.join(DEVICES)}")
    if Path(net.name).suffix in _PLAN_SUFFIXES:
        raise EngineError(
            f"{net.name} is a built engine, which is code and therefore never accepted; "
            "give the ONNX file that it was built from"
        )
    if isinstance(net, Path):
        net = read_onnx(net)
    return _check_engine(DEVICES[device](net, precision), net.name, inputs, outputs)


def open_shared(
    path: Path,
    *,
    inputs: Sequence[TensorSpec] | None = None,
    outputs: Sequence[TensorSpec] | None = None,
) -> Engine:
    """The net in the ONNX file `path` on the processor, loaded once however many streams open it.

    It is for small nets that each stream runs beside the others: a call computes on one core.
    inputs, outputs: the tensors that the net must have; None accepts any. Raises EngineError when
    the file cannot be read, is no net or another one.
    """
    from engines.shared import share_net

    return _check_engine(share_net(read_onnx(path)), path.name, inputs, outputs)


def _check_engine(
    engine: Engine,
    name: str,
    inputs: Sequence[TensorSpec] | None,
    outputs: Sequence[TensorSpec] | None,
) -> Engine:
    try:
        for wanted, found in ((inputs, engine.inputs), (outputs, engine.outputs)):
            if wanted is not None:
                check_tensors(name, wanted, list(found.values()))
    except EngineError:
        engine.close()
        raise
    return engine
