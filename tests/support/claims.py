"""Processes that claim one folder: two together, round by round, or one again and again.

python -m tests.support.claims TARGET COUNT

Claims the folder of TARGET until it got it COUNT times, and fails when another process was in it at
the same time.
"""

import multiprocessing
import os
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

from reenact.errors import MediaError
from reenact.media.claimed_folder import claim_folder

ROOT = Path(__file__).parents[2]


def claim_together(folder: Path, *, rounds: int) -> list[tuple[str, str]]:
    """What came of each round in which two processes claimed a target at once: claimed, refused."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2, timeout=60)
    answers = spawn.SimpleQueue()
    claimants = [
        spawn.Process(target=_claim_rounds, args=(folder, rounds, barrier, answers))
        for _ in range(2)
    ]
    for claimant in claimants:
        claimant.start()
    one, other = answers.get(), answers.get()
    for claimant in claimants:
        claimant.join()
    return list(zip(one, other, strict=True))


def _claim_rounds(
    folder: Path, rounds: int, barrier: Barrier, answers: "multiprocessing.SimpleQueue[list[str]]"
) -> None:
    said = []
    for number in range(rounds):
        barrier.wait()
        try:
            with claim_folder(folder / f"{number}.mp4"):
                said.append("claimed")
                barrier.wait()  # both have tried
        except MediaError:
            said.append("refused")
            barrier.wait()
    answers.put(said)


def main(target: Path, count: int) -> None:
    got = 0
    while got < count:
        try:
            with claim_folder(target) as folder:
                got += 1
                mark = folder / "mark"
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # fails if another is in it
                mark.unlink()
        except MediaError as error:
            if "another process" not in str(error):
                raise


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
