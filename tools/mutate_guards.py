"""Mutation check of guards: removes each in turn, in a copy, and runs its tests, which must fail.

python tools/mutate_guards.py [WORD ...]    all guards, or those whose file or line has a word
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tools.guards import GUARDS, Guard  # noqa: E402 - a program of tools/ is started by its path

PASSED, FAILED = 0, 1  # of pytest; any other status says that it could not do its work


def check_guards(tree: Path, guards: Sequence[Guard]) -> list[str]:
    """Remove each of `guards` in `tree`, which is as it was after; returns what is wrong.

    Prints a line for each guard.
    """
    wrong: list[str] = []
    whole = {tests: run_tests(tree, tests) for tests in dict.fromkeys(g.tests for g in guards)}
    for guard in guards:
        if guard.equivalent:
            print(f"equivalent  {guard}: {guard.equivalent}")
            continue
        verdict = "broken" if whole[guard.tests] != PASSED else _judge(tree, guard)
        print(f"{verdict:10}  {guard}", flush=True)
        if verdict != "killed":
            wrong.append(f"{verdict}: {guard}")
    return wrong


def _judge(tree: Path, guard: Guard) -> str:
    """ "killed", "survived", or "broken" for a guard that is not there once or tests that fail."""
    path = tree / guard.file
    source = path.read_text(encoding="utf-8")
    if source.count(guard.line) != 1:
        return "broken"
    path.write_text(source.replace(guard.line, guard.without), encoding="utf-8")
    try:
        status = run_tests(tree, guard.tests)
    finally:
        path.write_text(source, encoding="utf-8")
    return {PASSED: "survived", FAILED: "killed"}.get(status, "broken")


def run_tests(tree: Path, tests: str) -> int:
    """The exit status of pytest, which ends at the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests.split()]
    search = os.pathsep.join(filter(None, [str(tree), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.call(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def copy_tree(target: Path) -> None:
    """Copy every file that git would keep."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in map(os.fsdecode, filter(None, names)):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def main(words: Sequence[str]) -> int:
    chosen = [g for g in GUARDS if not words or any(word in f"{g}" for word in words)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        wrong = check_guards(Path(folder), chosen)
    print(f"{len(chosen)} guards, {len(wrong)} wrong, {time.monotonic() - began:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
