"""Security floors: the oldest release of a dependency without a known hole that matters here.

    python tools/security_floors.py     checks pyproject.toml and constraints.txt, without a network

`make audit` asks an advisory database for the rest.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]

FLOORS: dict[str, tuple[str, str]] = {
    "aiohttp": ("3.14.1", "PYSEC-2026-2110: lines without a bound in the parser of requests"),
    "onnx": ("1.21", "CVE-2026-27489, -34446, -34447: external data reads any file"),
    "opencv-contrib-python": ("4.12", "CVE-2025-53644: a JPEG writes beyond its memory"),
    "pillow": ("12.3", "CVE-2026-25990, -40192: PSD and FITS pictures write beyond their memory"),
    "torch": ("2.11", "CVE-2026-24747, -4538: weights-only files damage memory, or run code"),
}
"""Floor and reason of each package; one of another package's needs is held by its pin alone."""

_PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+")


def find_faults(project: dict[str, Any], constraints: str) -> list[str]:
    """What is below its floor or not pinned, a sentence each; empty when all is right.

    project: the table of pyproject.toml. constraints: the text of constraints.txt.
    """
    lines = [line for line in constraints.splitlines() if line and not line.startswith("#")]
    loose = [line for line in lines if not _PIN.fullmatch(line)]
    pins = dict(line.split("==") for line in lines if line not in loose)
    pinned = {canonicalize_name(name): Version(version) for name, version in pins.items()}
    faults = [f"constraints.txt must pin {line!r} exactly" for line in loose]
    for name, (floor, reason) in FLOORS.items():
        if pinned.get(canonicalize_name(name), Version("0")) < Version(floor):
            faults.append(f"constraints.txt must pin {name} to {floor} or later ({reason})")
    for requirement in map(Requirement, _requirements(project)):
        floor, reason = FLOORS.get(canonicalize_name(requirement.name), ("0", ""))
        if _lowest(requirement) < Version(floor):
            faults.append(f"pyproject.toml must ask {requirement.name}>={floor} ({reason})")
    return faults


def _requirements(project: dict[str, Any]) -> list[str]:
    table = project["project"]
    extras = table.get("optional-dependencies", {}).values()
    return [*table["dependencies"], *(each for extra in extras for each in extra)]


def _lowest(requirement: Requirement) -> Version:
    lowest = [s.version for s in requirement.specifier if s.operator in (">=", "==", "~=")]
    return max(map(Version, lowest), default=Version("0"))


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    faults = find_faults(project, (ROOT / "constraints.txt").read_text(encoding="utf-8"))
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
