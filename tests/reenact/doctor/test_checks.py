"""reenact/doctor/checks.py: whatever looking raises is a finding."""

import pytest

from engines.base import EngineError
from reenact.doctor.checks import CheckFailed, run_check
from reenact.errors import PackError

RAISED = {
    "finding": (CheckFailed("it is old; renew it"), "it is old; renew it"),
    "our error": (PackError("no pack"), "no pack"),
    "engine": (EngineError("no card"), "no card"),
    "system": (OSError("no driver"), "no driver"),
    "import": (ImportError("No module named 'av'"), "No module named 'av'; install what it names"),
    "anything": (RuntimeError("boom"), "RuntimeError: boom"),
}


@pytest.mark.parametrize(("error", "detail"), RAISED.values(), ids=RAISED.keys())
def test_whatever_is_raised_becomes_a_finding(error: Exception, detail: str) -> None:
    def look() -> str:
        raise error

    check = run_check("thing", look)

    assert (check.ok, check.detail) == (False, detail)


def test_what_is_found_is_told() -> None:
    assert run_check("thing", lambda: "there").row() == "ok    thing           there"


def test_only_what_is_needed_is_marked_as_missing() -> None:
    def look() -> str:
        raise CheckFailed("gone")

    assert run_check("thing", look).row().startswith("NO ")
    assert run_check("thing", look, needed=False).row().startswith("note ")
