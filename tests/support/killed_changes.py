"""Changes of a pack that end without warning at each of their steps, as kill -9 ends them.

Run as a program, so that the process which forks has no other thread:
python -m tests.support.killed_changes CHANGE PACK FOLDER
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from export.pack_folder import replace_pack
from reenact.identities.store import add_identity, remove_identity, rename_identity
from reenact.packs.installed import remove_pack
from reenact.packs.pack import load_pack
from reenact.types import Identity
from tests.support.fakes import ada

_STEPS = ("rename", "replace", "unlink", "rmdir", "mkdir", "chmod")
"""Functions of the module os whose calls are the steps."""

_KILLED, _MOST_STEPS = 9, 200
_ROOT = Path(__file__).parents[2]


def add(root: Path, name: str = "eve") -> None:
    picture = np.full((8, 24, 3), 90, np.uint8)
    person = Identity(name, ada(7).latent, ada(8).latent)
    facts: dict[str, Any] = {"description": "new", "made": {}}
    add_identity(load_pack(root), person, picture=picture, force=True, **facts)


def exchange(root: Path) -> None:
    """Make the pack anew, with the same nets."""
    with replace_pack(root) as fresh:
        for file in ("motion.onnx", "synthesis.onnx", "pack.json"):
            shutil.copy(root / file, fresh)


def remove_whole(root: Path) -> None:
    remove_pack(root.name, force=True)


CHANGES: dict[str, Callable[[Path], None]] = {
    "add": add,
    "replace": lambda root: add(root, "ada"),
    "rename": lambda root: rename_identity(load_pack(root), "ada", "eve"),
    "remove": lambda root: remove_identity(load_pack(root), "ada"),
    "exchange": exchange,
    "remove pack": remove_whole,
}


def kill_at_each_step(change: str, root: Path, folder: Path) -> list[Path]:
    """Copies of the pack `root`, each in a folder of its own in `folder`: one for each step.

    In each of them `change` was killed at its step; in the last one it came to its end.
    """
    command = [sys.executable, "-m", "tests.support.killed_changes", change, str(root), str(folder)]
    subprocess.run(command, check=True, cwd=_ROOT, stdout=subprocess.DEVNULL)
    return [path / root.name for path in sorted(folder.iterdir())]


def _main(change: str, root: Path, folder: Path) -> None:
    for step in range(_MOST_STEPS):
        copy = folder / f"{step:03}" / root.name
        shutil.copytree(root, copy)
        child = os.fork()
        if child == 0:
            os.environ["REENACT_PACKS"] = str(copy.parent)
            _die_at(step)
            CHANGES[change](copy)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != _KILLED:
            sys.exit(code)
    sys.exit(f"{change} has more than {_MOST_STEPS} steps")


def _die_at(step: int) -> None:
    left = step

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            if left == 0:
                os._exit(_KILLED)
            left -= 1
            return call(*arguments, **options)

        return counting

    for name in _STEPS:
        setattr(os, name, counted(getattr(os, name)))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
