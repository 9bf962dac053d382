"""Runs of the `reenact` command that must fail."""

import pytest

from reenact.cli.main import main


def run_and_fail(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of stderr, beside the note on the device, of a run that must fail."""
    assert main([*words]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "the nets run on" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("reenact: ")
    return lines[0]
