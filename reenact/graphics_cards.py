"""The NVIDIA cards of this machine, as their driver describes them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FIELDS = ("name", "driver_version", "memory.total", "compute_cap")
_PCI = Path("/sys/bus/pci/devices")
_NVIDIA, _DISPLAY = "0x10de", "0x03"  # vendor and class of PCI
_ANSWER_S = 20  # a card that sleeps takes seconds to answer

INSTALL_DRIVER = "sudo ubuntu-drivers install, or see https://www.nvidia.com/drivers, then restart"
"""The way to a driver, in words."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card."""

    name: str
    """Name of the model."""
    driver: str
    """Version of the driver."""
    memory_mb: int
    """All of its memory, MiB; 0 where the driver does not say."""
    compute_capability: str
    """Generation of its instructions, such as "9.0"."""

    def __str__(self) -> str:
        return (
            f"{self.name}, {self.memory_mb / 1024:.0f} GB, "
            f"compute {self.compute_capability}, driver {self.driver}"
        )


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver is installed, so that a card may be expected."""
    return shutil.which("nvidia-smi") is not None


def has_nvidia_hardware(folder: Path = _PCI) -> bool:
    """Whether Linux sees an NVIDIA card in the machine, with or without a driver."""
    return any(
        _read_line(device / "vendor") == _NVIDIA
        and _read_line(device / "class").startswith(_DISPLAY)
        for device in folder.glob("*")
    )


def find_nvidia_cards() -> list[Card]:
    """All cards that the driver sees. Raises OSError with the driver's words when it is broken."""
    return [_parse_card(line) for line in _ask(*_FIELDS)]


def read_used_memory_mb() -> int:
    """Memory of the first card in use by all programs; 0 without a card. Raises OSError."""
    first = next(iter(_ask("memory.used")), "0").strip()
    return int(first) if first.isdigit() else 0


def _ask(*fields: str) -> list[str]:
    """The driver's answer, one line for each card."""
    if not has_nvidia_driver():
        return []
    query = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            query, capture_output=True, text=True, timeout=_ANSWER_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"nvidia-smi did not answer in {_ANSWER_S} s; restart the machine") from error
    if answer.returncode:
        words = (answer.stdout or answer.stderr).strip().splitlines() or ["no reason given"]
        raise OSError(f"the NVIDIA driver does not work ({words[0]}); install or restart it")
    return [line for line in answer.stdout.splitlines() if line.strip()]


def _read_line(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def _parse_card(line: str) -> Card:
    name, driver, memory, capability = (word.strip() for word in line.split(","))
    return Card(name, driver, int(memory) if memory.isdigit() else 0, capability)
