"""What this program runs on, in words: for reports that are read elsewhere."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from engines.cores import physical_cores
from reenact import __version__
from reenact.graphics_cards import nvidia_cards

PACKAGES = (
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
    "mediapipe",
    "opencv-contrib-python",
    "av",
    "numpy",
    "safetensors",
    "torch",
    "tensorrt",
    "cuda-bindings",
    "onnxruntime-directml",
    "onnxruntime-openvino",
)
"""Those whose versions matter for what comes out."""


FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
"""Of x86 processors, by the names that Linux gives them; each makes nets faster."""


@dataclass(frozen=True, slots=True)
class Machine:
    """features: vector instructions that matter for nets, where the system tells.
    load: processes that wanted a core during the last minute, where the system tells.
    cards: those that the NVIDIA driver sees, in words."""

    system: str
    python: str
    processor: str
    features: str
    cores: int
    memory_gb: float
    load: float | None
    versions: dict[str, str]
    cards: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """For a terminal."""
        features = self.features and f" ({self.features})"
        load = "" if self.load is None else f", load {self.load:.1f}"
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return [
            f"{self.system}, Python {self.python}",
            f"{self.processor}, {self.cores} cores{features}, {self.memory_gb:.0f} GB{load}",
            *self.cards,
            packages,
        ]


def this_machine() -> Machine:
    """Asks the system; where there is an NVIDIA driver, that takes it a second."""
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        processor=_of_cpuinfo("model name") or platform.processor() or platform.machine(),
        features=" ".join(name for name in FEATURES if name in _of_cpuinfo("flags").split()),
        cores=physical_cores(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        versions={"reenact": __version__, **_versions()},
        cards=_cards(),
    )


def _cards() -> tuple[str, ...]:
    try:
        return tuple(map(str, nvidia_cards()))
    except OSError as error:
        return (str(error),)


def _of_cpuinfo(key: str) -> str:
    """What Linux says of the first core; platform.processor() is empty on most Linux systems."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return ""


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
