"""tools/mutate_guards.py: a guard whose removal no test notices is found."""

from pathlib import Path

import pytest

from tools.guards import GUARDS, Guard
from tools.mutate_guards import check_guards

ROOT = Path(__file__).parents[2]
SOURCE = """
def half(number: int) -> int:
    if number < 0: raise ValueError
    if number > 9: raise ValueError
    return number // 2
"""
TESTS = """
import pytest, halves

def test_number_below_zero_is_refused():
    with pytest.raises(ValueError):
        halves.half(-1)
"""


def test_noticed_and_unnoticed_guards_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "halves.py").write_text(SOURCE)
    (tmp_path / "test_halves.py").write_text(TESTS)
    low, high, gone = (
        Guard("halves.py", line, "if False:", "test_halves.py")
        for line in ("if number < 0:", "if number > 9:", "if number > 99:")
    )

    wrong = check_guards(tmp_path, [low, high, gone])

    assert wrong == [f"survived: {high}", f"broken: {gone}"]
    assert f"killed      {low}" in capsys.readouterr().out
    assert (tmp_path / "halves.py").read_text() == SOURCE


def test_tests_that_fail_with_the_guard_prove_nothing(tmp_path: Path) -> None:
    (tmp_path / "halves.py").write_text(SOURCE)
    (tmp_path / "test_halves.py").write_text("def test_nothing():\n    raise AssertionError\n")
    guard = Guard("halves.py", "if number < 0:", "if False:", "test_halves.py")

    assert check_guards(tmp_path, [guard]) == [f"broken: {guard}"]


@pytest.mark.parametrize("guard", GUARDS, ids=str)
def test_guard_of_the_table_stands_once_in_its_file(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text(encoding="utf-8").count(guard.line) == 1
    assert all((ROOT / word).is_file() for word in guard.tests.split() if word[0] != "-")
