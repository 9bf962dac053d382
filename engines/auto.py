"""Device "auto": the fastest device that works on this machine."""

import platform

from engines.base import Engine
from engines.onnx_file import OnnxFile
from engines.openvino_cpu import try_openvino
from engines.ort import OrtEngine, why_no_card


def suits_openvino() -> bool:
    """Whether this is x86 outside macOS, where OpenVINO was measured and has packages."""
    return platform.machine().lower() in ("x86_64", "amd64") and platform.system() != "Darwin"


def open_auto(net: OnnxFile, precision: str) -> Engine:
    """The engine of the best device that works; its `reason` says why no better one does.

    ONNX Runtime knows which card is here; on some devices another runtime is faster than it.
    Raises EngineError when the file loads nowhere.
    """
    reason = why_no_card()
    if not reason:
        engine = OrtEngine(net)
        if engine.device == "cuda":
            return _prefer_tensorrt(engine, net, precision)
        if engine.device != "cpu":
            return engine
        reason = engine.reason
        engine.close()
    return _open_on_processor(net, reason)


def _prefer_tensorrt(engine: OrtEngine, net: OnnxFile, precision: str) -> Engine:
    from engines.trt_open import try_tensorrt  # needs what the `tensorrt` extra brings

    kept = try_tensorrt(net, precision)
    if isinstance(kept, str):
        engine.reason = kept
        return engine
    engine.close()
    return kept


def _open_on_processor(net: OnnxFile, reason: str) -> Engine:
    """The fastest engine on the processor. reason: why the net runs on no card."""
    if suits_openvino():
        fast = try_openvino(net)
        if not isinstance(fast, str):
            fast.reason = reason
            return fast
        reason = f"{reason}; {fast}"
    engine = OrtEngine(net, device="cpu")
    engine.reason = reason
    return engine
