"""Rehearsal of reading a checkpoint, in a process of its own, which may take so much and no more.

A hostile file can ask for any amount of memory or time, or bring down its reader. Then it is that
process which ends, and the file is refused.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from reenact.checkpoints.kinds import Kind
from reenact.errors import CheckpointError

REFUSED = 3
"""Exit status of a reader that refuses the file and has said why, as JSON text."""

_LONGEST_S = 3600.0
"""Seconds; the reader's own bound, of processor time, comes first where the system has one."""

_ROOT = Path(__file__).resolve().parents[2]


def rehearse(path: Path, kind: Kind | None) -> None:
    """Return when the checkpoint in `path` can be read as `kind`, within the bounds of a reader.

    Raises CheckpointError when it is refused, or its reader comes to an end by it.
    """
    command = [sys.executable, "-P", "-m", "reenact.checkpoints.bounded_reader"]
    try:
        run = subprocess.run(
            [*command, path.absolute(), *([] if kind is None else [kind])],
            env={**os.environ, "PYTHONPATH": _search_path(), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_much(path, "took longer than an hour") from error
    if run.returncode == REFUSED:
        raise CheckpointError(json.loads(run.stdout))
    if run.returncode:
        raise _too_much(path, _describe_end(run.returncode, run.stderr))


def _search_path() -> str:
    """Our own packages first: the folder in which the user stands is no place for programs."""
    return os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def _too_much(path: Path, came: str) -> CheckpointError:
    return CheckpointError(
        f"{path} must be a checkpoint that can be read in little memory and time, got one whose "
        f"reader {came}; download it again from where its authors publish it"
    )


def _describe_end(status: int, errors: bytes) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    last = errors.decode(errors="replace").strip().rpartition("\n")[2][:200]
    return f"failed ({last or status})"
