"""Programs of the system, played by shell scripts."""

from pathlib import Path

import pytest


def put_on_path(
    script: str, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "nvidia-smi"
) -> None:
    """Let the shell `script` be the only program there is, called `name`."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
