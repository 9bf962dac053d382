"""ONNX Runtime's devices: the provider of each, how it is set up, and what to do without it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OrtDevice:
    """A device of ours and the execution provider that runs it.

    install: the fix when this onnxruntime was built without the provider.
    repair: the fix when the provider is there and does not start.
    options: the provider's own. memory: where its tensors live, as ONNX Runtime names it.
    before: the providers after it in line, for the operators that it cannot run.
    """

    provider: str
    install: str
    repair: str
    options: Mapping[str, str] = field(default_factory=dict)
    memory: str = "cpu"
    before: tuple[str, ...] = ()


def _replace_by(package: str, extra: str = "") -> str:
    """extra: of ours, for what `package` loads. It brings the ordinary onnxruntime again, and what
    is installed last must be the one wanted, alone."""
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
    "cpu": OrtDevice("CPUExecutionProvider", "install onnxruntime anew", "install it anew"),
}
"""Every device that ONNX Runtime can run on."""

AUTO = ("cuda", "directml", "ort-openvino", "cpu")
"""What "auto" tries, best first. DirectML and OpenVINO come with packages that one installs for
them; CoreML is in every macOS package and runs such nets in pieces, so it is taken by name only."""
