"""Checks of graphics cards and of what runs nets on them: driver, ONNX Runtime, CUDA, TensorRT."""

import platform
from collections.abc import Collection, Mapping
from pathlib import Path

from engines import ON_PROCESSOR
from engines.auto import suits_openvino
from reenact.doctor.checks import CheckFailed
from reenact.doctor.conversion import Wanted
from reenact.graphics_cards import (
    INSTALL_DRIVER,
    find_nvidia_cards,
    has_nvidia_driver,
    has_nvidia_hardware,
)
from reenact.machine import find_versions
from reenact.packs.installed import find_pack
from reenact.packs.pack import load_pack

_CUDA_PACKAGES = (
    "nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13",
)  # fmt: skip
"""Packages that bring CUDA, whose versions tell which one."""

_RUNTIMES = (
    "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino",
)  # fmt: skip
"""Packages that all install the module `onnxruntime`."""


def check_cards() -> str:
    """Name the cards. Raises CheckFailed for a card without a driver, or a broken driver."""
    if not has_nvidia_driver():
        if has_nvidia_hardware():
            raise CheckFailed(f"there is one, but not its driver: {INSTALL_DRIVER}")
        return "none"
    cards = find_nvidia_cards()
    if not cards:
        raise CheckFailed("its driver is installed, but sees no card; restart the machine")
    return "; ".join(map(str, cards))


def check_runtime(versions: Mapping[str, str]) -> str:
    """Name the providers of this ONNX Runtime. Raises CheckFailed where two are installed.

    versions: by name of the installed packages.
    """
    import onnxruntime

    refuse_two_runtimes(versions)
    providers = (name.removesuffix("ExecutionProvider") for name in _providers(onnxruntime))
    return f"{onnxruntime.__version__} with {', '.join(providers)}"


def refuse_two_runtimes(packages: Collection[str]) -> None:
    """Raise CheckFailed when two of these packages overwrite each other."""
    found = [package for package in _RUNTIMES if package in packages]
    if len(found) > 1:
        keep = found[-1]
        raise CheckFailed(
            f"{' and '.join(found)} are all installed and overwrite each other: "
            f"pip uninstall -y {' '.join(found)} && pip install --no-deps {keep}"
        )


def _providers(onnxruntime: object) -> list[str]:
    found: list[str] = onnxruntime.get_available_providers()  # type: ignore[attr-defined]
    return found


def check_cuda(wanted: Wanted) -> str:
    """Open a net of the pack on the card. Raises EngineError."""
    engine = load_pack(find_pack(wanted)).open("motion", "cuda")
    engine.close()
    libraries = ", ".join(
        f"{name} {number}" for name, number in find_versions(_CUDA_PACKAGES).items()
    )
    return f"ONNX Runtime runs nets with it; libraries: {libraries or 'of the system'}"


def check_tensorrt(wanted: Wanted) -> str:
    """Find the engines of the pack's nets. Raises CheckFailed when one is not built yet."""
    from engines.sealed_folder import SealError
    from engines.trt_open import BATCHES, find_host

    host, pack = find_host(), load_pack(find_pack(wanted))
    missing = []
    for name in ("motion", "synthesis"):
        graph = pack.graphs[name]
        try:
            host.store.find(host.key(graph.file.sha256, graph.precision, BATCHES))
        except SealError as error:
            missing.append(f"{name}: {error}")
    if missing:
        raise CheckFailed(
            f"TensorRT {host.trt.__version__} works, engines are not built yet "
            f"({'; '.join(missing)}): reenact bench --device tensorrt --pack {pack.path}"
        )
    return f"{host.trt.__version__}, engines of {pack.name} are kept and fit this card"


def check_device(wanted: Wanted) -> str:
    """Name the device that auto takes. Raises CheckFailed when a better one needs mending."""
    engine = load_pack(find_pack(wanted)).open("synthesis", "auto")
    device, reason = engine.device, engine.reason
    engine.close()
    if device not in ON_PROCESSOR and not reason:
        return f"auto takes {device}, the best there is"
    if has_nvidia_driver():
        raise CheckFailed(f"auto takes {device}: {reason}")
    if has_nvidia_hardware():
        raise CheckFailed(f"auto takes {device}: the NVIDIA card has no driver: {INSTALL_DRIVER}")
    if platform.system() == "Windows" and device in ON_PROCESSOR:
        raise CheckFailed(
            f"auto takes {device}: a DirectX 12 card would be used after "
            "pip uninstall -y onnxruntime && pip install --no-deps onnxruntime-directml"
        )
    if device == "cpu" and suits_openvino():
        raise CheckFailed(f"auto takes cpu: {reason}")
    return f"auto takes {device}; there is no NVIDIA card that would be better"


def check_kept_engines(folder: Path | None = None) -> str:
    """Count the engines in the cache that this card can use. folder: the user's if None."""
    from engines.sealed_folder import SealedFolder
    from engines.store import default_folder

    home = folder or default_folder()
    if not home.is_dir():
        return "none yet"
    sealed, cards = SealedFolder(home), find_nvidia_cards()
    fitting, others = 0, []
    for path in sorted(home.glob("*.plan")):
        facts, _ = sealed.read(path.name)
        if cards and (facts["gpu"], facts["capability"]) == (
            cards[0].name, cards[0].compute_capability,
        ):  # fmt: skip
            fitting += 1
        else:
            others.append(f"{facts['gpu']} with TensorRT {facts['tensorrt']}")
    about = f"{fitting} in {home} for this card"
    return about + (f", {len(others)} for {', '.join(sorted(set(others)))}" if others else "")
