"""The NVIDIA cards of this machine, as their own driver tells them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FIELDS = ("name", "driver_version", "memory.total", "compute_cap")
_PCI = Path("/sys/bus/pci/devices")
_NVIDIA, _DISPLAY = "0x10de", "0x03"  # vendor and class of PCI
INSTALL_DRIVER = "sudo ubuntu-drivers install, or see https://www.nvidia.com/drivers, then restart"

_PATIENCE_S = 20  # a card that sleeps takes seconds to answer


@dataclass(frozen=True, slots=True)
class Card:
    """One card. memory_mb: all of its memory. compute_capability: such as "9.0"."""

    name: str
    driver: str
    memory_mb: int
    compute_capability: str

    def __str__(self) -> str:
        return (
            f"{self.name}, {self.memory_mb / 1024:.0f} GB, "
            f"compute {self.compute_capability}, driver {self.driver}"
        )


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver is installed, so that a card may be expected."""
    return shutil.which("nvidia-smi") is not None


def nvidia_hardware(folder: Path = _PCI) -> bool:
    """Whether Linux sees an NVIDIA card in the machine, with or without a driver."""
    return any(
        _line(device / "vendor") == _NVIDIA and _line(device / "class").startswith(_DISPLAY)
        for device in folder.glob("*")
    )


def nvidia_cards() -> list[Card]:
    """All cards that the driver sees. Raises OSError with the driver's words when it is broken."""
    if not has_nvidia_driver():
        return []
    query = ["nvidia-smi", f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            query, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(
            f"nvidia-smi did not answer in {_PATIENCE_S} s; restart the machine"
        ) from error
    if answer.returncode:
        words = (answer.stdout or answer.stderr).strip().splitlines() or ["no reason given"]
        raise OSError(f"the NVIDIA driver does not work ({words[0]}); install or restart it")
    return [_card(line) for line in answer.stdout.splitlines() if line.strip()]


def _line(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def _card(line: str) -> Card:
    name, driver, memory, capability = (word.strip() for word in line.split(","))
    return Card(name, driver, int(memory) if memory.isdigit() else 0, capability)
