"""Small nets on the processor that every stream runs: loaded once a process, one core a call."""

from typing import TypeAlias

from engines.auto import suits_openvino
from engines.base import Engine, EngineError
from engines.cores import physical_cores
from engines.onnx_file import OnnxFile
from engines.openvino_cpu import OpenvinoEngine
from engines.ort import OrtEngine

_Shareable: TypeAlias = OpenvinoEngine | OrtEngine

_loaded: dict[str, _Shareable] = {}
"""Every net that was opened, by the SHA-256 of its file; never closed."""


def share_net(net: OnnxFile) -> Engine:
    """An engine of the caller's own for `net`, on one core.

    OpenVINO takes a second to compile a net of 150 convolutions, and would stop the other streams
    that long. Raises EngineError when the file is no net.
    """
    key = net.sha256
    if key not in _loaded:
        _loaded[key] = _load(net)
    return _loaded[key].share()


def _load(net: OnnxFile) -> _Shareable:
    reason = ""
    if suits_openvino():
        try:
            cores = physical_cores()
            return OpenvinoEngine(net, threads=cores, calls=cores)
        except EngineError as error:
            reason = str(error)
    engine = OrtEngine(net, device="cpu", threads=1)
    engine.reason = reason
    return engine
