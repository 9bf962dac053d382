"""ONNX Runtime's devices: the provider of each, its options, and the fix when it is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OrtDevice:
    """One of our devices and the execution provider that runs it."""

    provider: str
    """ONNX Runtime's name of the execution provider."""
    install: str
    """The fix when this onnxruntime was built without the provider."""
    repair: str
    """The fix when the provider is installed and does not start."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The provider's own options, as ONNX Runtime names them."""
    memory: str = "cpu"
    """The memory that its tensors live in, as ONNX Runtime names it: "cpu" or "cuda"."""
    fallbacks: tuple[str, ...] = ()
    """Devices that take the operators which this one cannot run; "cpu" always comes last."""


def _replace_by(package: str, extra: str = "") -> str:
    """The commands that put `package` in the place of the ordinary onnxruntime.

    extra: the extra of ours that brings the libraries `package` loads. It installs the ordinary
    onnxruntime too, and two of them cannot stand side by side: so `package` comes last, alone.
    """
    first = f"pip install 'reenact[{extra}]' && " if extra else ""
    return (
        f"{first}pip uninstall -y onnxruntime {package} && pip install --no-deps {package}, "
        "or use the cpu"
    )


_CUDA = {
    "device_id": "0",
    # A net sees one shape for hours, so the search pays; it runs at the first call of each shape.
    "cudnn_conv_algo_search": "EXHAUSTIVE",
    "cudnn_conv_use_max_workspace": "1",
    # Powers of two would take twice the memory of a 1024-pixel generator.
    "arena_extend_strategy": "kSameAsRequested",
    # float32 is multiplied with 10 bits of mantissa on Ampere and newer, as torch does in cuDNN.
    "use_tf32": "1",
}

_CUDA_REPAIR = "check nvidia-smi and the CUDA and cuDNN libraries, or use the cpu"

ORT_DEVICES: Mapping[str, OrtDevice] = {
    "cuda": OrtDevice(
        "CUDAExecutionProvider", _replace_by("onnxruntime-gpu", "gpu"), _CUDA_REPAIR, _CUDA, "cuda"
    ),
    "ort-tensorrt": OrtDevice(
        "TensorrtExecutionProvider",
        _replace_by("onnxruntime-gpu", "gpu,tensorrt"),
        "check that this TensorRT is the one this onnxruntime was built for, or use tensorrt",
        # Engines are code: ONNX Runtime must not read any from a folder that we did not check.
        {"device_id": "0", "trt_engine_cache_enable": "0", "trt_timing_cache_enable": "0"},
        "cuda",
        ("cuda",),
    ),
    "directml": OrtDevice(
        "DmlExecutionProvider",
        _replace_by("onnxruntime-directml"),
        "update the graphics driver, or use the cpu",
        {"device_id": "0"},
    ),
    "ort-openvino": OrtDevice(
        "OpenVINOExecutionProvider",
        _replace_by("onnxruntime-openvino"),
        "check the OpenVINO libraries, or use the cpu",
        {"device_type": "AUTO"},
    ),
    "coreml": OrtDevice(
        "CoreMLExecutionProvider",
        "it comes with onnxruntime on macOS only; use the cpu",
        "use the cpu",
        {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"},
    ),
    "cpu": OrtDevice("CPUExecutionProvider", "install onnxruntime again", "install it again"),
}
"""Every device that ONNX Runtime can run on."""

AUTO = ("cuda", "directml", "ort-openvino", "cpu")
"""The devices that "auto" tries, best first.

DirectML and OpenVINO come with packages installed on purpose. CoreML is in every macOS package and
runs such nets in pieces, so it is used only when named.
"""
