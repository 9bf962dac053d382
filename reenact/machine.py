"""What this program runs on, in words: for reports that are read elsewhere."""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from engines.ort import physical_cores
from reenact import __version__

PACKAGES = (
    "onnxruntime",
    "onnxruntime-gpu",
    "mediapipe",
    "opencv-contrib-python",
    "av",
    "numpy",
    "safetensors",
)
"""Those whose versions matter for what comes out."""


@dataclass(frozen=True, slots=True)
class Machine:
    """load: processes that wanted a core during the last minute, where the system tells."""

    system: str
    python: str
    processor: str
    cores: int
    memory_gb: float
    load: float | None
    versions: dict[str, str]

    def lines(self) -> list[str]:
        """For a terminal."""
        load = "" if self.load is None else f", load {self.load:.1f}"
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return [
            f"{self.system}, Python {self.python}",
            f"{self.processor}, {self.cores} cores, {self.memory_gb:.0f} GB{load}",
            packages,
        ]


def this_machine() -> Machine:
    """Asks the system; takes no measurable time."""
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        processor=_processor(),
        cores=physical_cores(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        versions={"reenact": __version__, **_versions()},
    )


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver is installed, so that a card may be expected."""
    return shutil.which("nvidia-smi") is not None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # platform.processor() is empty on most Linux systems
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
