"""Runs a named net: arrays in, arrays out. Knows no faces and imports nothing of ours."""

from collections.abc import Callable
from pathlib import Path

from engines.base import Engine, EngineError


def _ort(path: Path, device: str) -> Engine:
    from engines.ort import OrtEngine

    return OrtEngine(path, device=device)


BACKENDS: dict[str, Callable[[Path, str], Engine]] = {
    "ort": _ort,
}
"""Every backend by name; a new one is one file in this folder and one line here."""


def open_engine(path: Path, device: str = "auto", *, backend: str = "ort") -> Engine:
    """Load the net in the ONNX file `path`.

    device: "auto" takes the best device that works, "cpu" and "cuda" insist.
    Raises EngineError when the file cannot be loaded or the device cannot be had.
    """
    if backend not in BACKENDS:
        raise EngineError(f"unknown backend {backend!r}; use one of {', '.join(BACKENDS)}")
    return BACKENDS[backend](path, device)
