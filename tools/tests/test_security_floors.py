"""tools/security_floors.py: no dependency may fall below the release that closed its holes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.security_floors import FLOORS, find_faults

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
DIRECT = sorted(set(FLOORS) - {"pillow"})


def project(text: str = PYPROJECT) -> dict[str, Any]:
    return tomllib.loads(text)


def test_ours_are_at_their_floors_or_above() -> None:
    assert find_faults(project(), CONSTRAINTS) == []


@pytest.mark.parametrize("name", DIRECT)
@pytest.mark.parametrize("lowered", ["", ">=0.9,<99"])
def test_lowered_or_missing_floor_is_a_fault(name: str, lowered: str) -> None:
    text = re.sub(rf'"{name}>=[^"]*"', f'"{name}{lowered}"', PYPROJECT)

    assert any(f"ask {name}>=" in fault for fault in find_faults(project(text), CONSTRAINTS))


@pytest.mark.parametrize("name", FLOORS)
@pytest.mark.parametrize("pin", ["==0.9", ">=99", ""])
def test_old_loose_or_missing_pin_is_a_fault(name: str, pin: str) -> None:
    line = f"{name}{pin}" if pin else ""
    text = re.sub(rf"(?m)^{name}==.*$", line, CONSTRAINTS)

    assert any(f"pin {name} to" in fault for fault in find_faults(project(), text))


def test_pin_of_any_package_must_be_exact() -> None:
    faults = find_faults(project(), CONSTRAINTS + "idna>=3\n")

    assert faults == ["constraints.txt must pin 'idna>=3' exactly"]
