"""Description of this machine in words, for reports that are read elsewhere."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from engines.cores import physical_cores
from reenact import __version__
from reenact.graphics_cards import find_nvidia_cards

PACKAGES = (
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
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
"""Packages whose versions change speed or pictures."""

FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
"""Instructions of x86 processors that make nets faster, by the names that Linux gives them."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and the software on it that matters for nets."""

    system: str
    """Name, release and architecture of the operating system."""
    python: str
    """Version of Python."""
    processor: str
    """Name of the processor."""
    features: str
    """Those of `FEATURES` that the processor has, with spaces between; empty outside Linux."""
    cores: int
    """Number of physical cores."""
    memory_gb: float
    """Memory, gigabytes (1e9 bytes)."""
    load: float | None
    """Processes that wanted a core, mean of the last minute; None where the system does not say."""
    versions: dict[str, str]
    """Version by package, of those in `PACKAGES` that are installed."""
    cards: tuple[str, ...] = ()
    """The graphics cards that the NVIDIA driver sees, each in words."""

    def lines(self) -> list[str]:
        """The description as lines for a terminal."""
        features = self.features and f" ({self.features})"
        load = "" if self.load is None else f", load {self.load:.1f}"
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return [
            f"{self.system}, Python {self.python}",
            f"{self.processor}, {self.cores} cores{features}, {self.memory_gb:.0f} GB{load}",
            *self.cards,
            packages,
        ]


def describe_machine() -> Machine:
    """This machine, as the system describes it; an NVIDIA driver takes a second to answer."""
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        processor=_read_cpuinfo("model name") or platform.processor() or platform.machine(),
        features=" ".join(name for name in FEATURES if name in _read_cpuinfo("flags").split()),
        cores=physical_cores(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        versions={"reenact": __version__, **find_versions(PACKAGES)},
        cards=_cards(),
    )


def _cards() -> tuple[str, ...]:
    try:
        return tuple(map(str, find_nvidia_cards()))
    except OSError as error:
        return (str(error),)


def _read_cpuinfo(key: str) -> str:
    """The value that Linux gives for the first core, empty elsewhere.

    platform.processor() is empty on most Linux systems.
    """
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return ""


def find_versions(packages: Iterable[str]) -> dict[str, str]:
    """Version by name, of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
