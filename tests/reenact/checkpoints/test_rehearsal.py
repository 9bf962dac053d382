"""reenact/checkpoints/rehearsal.py: a file that breaks its reader is refused in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.checkpoints.checkpoint import open_checkpoint
from reenact.checkpoints.kinds import Kind
from reenact.checkpoints.rehearsal import rehearse
from reenact.errors import CheckpointError
from tests.support import hostile_checkpoints as hostile
from tests.support.public_layouts import encoder_content, save

pytestmark = pytest.mark.rehearsal
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux alone")
posix = pytest.mark.skipif(os.name != "posix", reason="Windows ends processes by no signal")

PEAK = """
import resource, sys
from pathlib import Path
from reenact.checkpoints.rehearsal import rehearse
try:
    rehearse(Path(sys.argv[1]), None)
finally:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@linux
@pytest.mark.parametrize("make", [hostile.bytes_of_a_size, hostile.one_storage_many_times])
def test_file_that_asks_for_gigabytes_is_refused_within_the_memory_of_the_readme(
    make: hostile.Make, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(make())

    run = subprocess.run(
        [sys.executable, "-c", PEAK, tmp_path / "x"], capture_output=True, text=True, check=False
    )

    assert "CheckpointError" in run.stderr
    assert "asks for far more" in run.stderr
    assert int(run.stdout) < 2e9


def test_reader_knows_the_kind_that_decides_between_two(tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", encoder_content("psp", options={}))

    assert open_checkpoint(path, kind="psp").kind == "psp"


def test_what_a_reader_refuses_is_refused_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "b\u00e4d\udcff.pkl").write_bytes(hostile.byte_array())

    with pytest.raises(CheckpointError, match="longer than the file"):
        rehearse(tmp_path / "b\u00e4d\udcff.pkl", None)


@posix
@pytest.mark.parametrize(
    ("end", "came"),
    [
        ("kill -9 $$", "was ended by SIGKILL"),
        ("kill -11 $$", "was ended by SIGSEGV"),
        ("echo broken >&2; exit 1", r"failed \(broken\)"),
    ],
)
def test_end_of_a_reader_is_told_in_one_sentence(
    end: str, came: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = tmp_path / "python"
    reader.write_text(f"#!/bin/sh\n{end}\n")
    reader.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(reader))

    with pytest.raises(CheckpointError, match=f"little memory and time, got one .*{came}"):
        rehearse(tmp_path / "x.pkl", Kind.PSP)


@posix
def test_reader_has_bounds_of_time_and_memory() -> None:
    asked = """
import resource
from reenact.checkpoints.bounded_reader import bound_process
bound_process(1_000_000)
print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0])
"""
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    seconds, addresses = map(int, run.stdout.split())

    assert 30 <= seconds < 90  # with what its imports took
    if sys.platform == "linux":
        assert 500 << 20 < addresses < 64 << 30
