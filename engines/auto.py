"""What "auto" takes."""

import platform
from pathlib import Path

from engines.base import Engine
from engines.openvino_cpu import why_not_openvino
from engines.ort import OrtEngine, why_no_card


def suits_openvino() -> bool:
    """Where it was measured, and its packages are made."""
    return platform.machine().lower() in ("x86_64", "amd64") and platform.system() != "Darwin"


def open_auto(path: Path, precision: str) -> Engine:
    """The best that works; its `reason` says why nothing better does. Raises EngineError.

    ONNX Runtime knows which card is here; on some devices another runtime is faster.
    """
    reason = why_no_card()
    if not reason:
        engine = OrtEngine(path)
        if engine.device == "cuda":
            return _or_tensorrt(engine, path, precision)
        if engine.device != "cpu":
            return engine
        reason = engine.reason
        engine.close()
    return _on_processor(path, reason)


def _or_tensorrt(engine: OrtEngine, path: Path, precision: str) -> Engine:
    from engines.trt_open import why_not_tensorrt  # needs what the `tensorrt` extra brings

    kept = why_not_tensorrt(path, precision)
    if isinstance(kept, str):
        engine.reason = kept
        return engine
    engine.close()
    return kept


def _on_processor(path: Path, reason: str) -> Engine:
    """The fastest there. reason: why the net is on no card."""
    if suits_openvino():
        fast = why_not_openvino(path)
        if not isinstance(fast, str):
            fast.reason = reason
            return fast
        reason = f"{reason}; {fast}"
    engine = OrtEngine(path, device="cpu")
    engine.reason = reason
    return engine
