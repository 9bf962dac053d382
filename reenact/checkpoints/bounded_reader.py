"""Program that reads one checkpoint under bounds of memory and time; `rehearsal.py` starts it.

Usage: python -m reenact.checkpoints.bounded_reader FILE [KIND]
"""

import json
import sys
import time
from pathlib import Path

import psutil
import torch

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.checkpoints.rehearsal import REFUSED
from reenact.errors import CheckpointError

_COPIES = 4
"""Times its own size that a file may take: old pickles of TensorFlow are held as text, bytes, array
and tensor at once."""
_MOST_BYTES = 3 << 30
"""Bytes that a file may take beside itself, which may be mapped; the largest published has 1.2 GB,
and twice as much more where it is kept in half precision."""
_SPARE_BYTES = 512 << 20
"""Bytes for the reader itself, beside the libraries that it has loaded already."""

_CPU_S = 30.0
"""Seconds of processor time for any file: a small one takes milliseconds."""
_BYTES_PER_S = 4_000_000
"""Slowest reading that is waited for: a twentieth of what two slow cores do."""


def main(words: list[str]) -> int:
    """Read the file, and print why it is refused if it is. The exit status says which."""
    path, kind = Path(words[0]), words[1] if len(words) > 1 else None
    torch.set_num_threads(1)  # each further thread takes 70 MB of addresses
    bound_process(path.stat().st_size)
    try:
        read_checkpoint(path, kind=kind)
    except CheckpointError as error:
        sys.stdout.write(json.dumps(error.args[0]))
        return REFUSED
    return 0


def bound_process(size: int) -> None:
    """Bound this process' memory and time to what a file of `size` bytes may take.

    Linux bounds both, macOS time alone, and Windows neither.
    """
    if sys.platform == "win32":
        return
    import resource

    seconds = round(time.process_time() + _CPU_S + size / _BYTES_PER_S)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        present = psutil.Process().memory_info().vms
        most = present + _SPARE_BYTES + min(_COPIES * size, size + _MOST_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
