"""Small nets on the processor that every stream runs: loaded once a process, one core a call."""

from pathlib import Path
from typing import TypeAlias

from engines.auto import suits_openvino
from engines.base import Engine, EngineError
from engines.cores import physical_cores
from engines.onnx_file import sha256_of
from engines.openvino_cpu import OpenvinoEngine
from engines.ort import OrtEngine

_Shareable: TypeAlias = OpenvinoEngine | OrtEngine

_loaded: dict[str, _Shareable] = {}
"""Every net that was opened, by the SHA-256 of its file; never closed."""


def share_net(path: Path) -> Engine:
    """An engine of the caller's own for the net in `path`, on one core.

    OpenVINO takes a second to compile a net of 150 convolutions, and would stop the other streams
    that long. Raises EngineError when the file is no net, OSError when it cannot
    be read.
    """
    key = sha256_of(path)
    if key not in _loaded:
        _loaded[key] = _load(path)
    return _loaded[key].share()


def _load(path: Path) -> _Shareable:
    reason = ""
    if suits_openvino():
        try:
            cores = physical_cores()
            return OpenvinoEngine(path, threads=cores, calls=cores)
        except EngineError as error:
            reason = str(error)
    engine = OrtEngine(path, device="cpu", threads=1)
    engine.reason = reason
    return engine
