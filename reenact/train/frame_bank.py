"""Bank of rendered frames on disk, which background processes fill while a training reads it."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import cuda

from reenact.avatars.frame import Motion
from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.people import PEOPLE
from reenact.avatars.person import Person
from reenact.avatars.renderer import eye_and_mouth_centres, render_batch
from reenact.types import EXPRESSION_AXES, Image

DrawBatch: TypeAlias = Callable[[Sequence[Person], npt.NDArray[np.float32], int], Image]
"""People, their motions (N, 13) and the size -> (N, S, S, 3)."""

_CUDA_BATCH = 64
"""Pictures of one call to the GPU, which a single one would not fill."""


class FrameBank:
    """`capacity` renders of one size, each a fixed function of (seed, index).

    pictures (n, S, S, 3) uint8; people (n,); motions (n, 13); centres (n, 3, 2) pixels of the
    subject's right eye, left eye and mouth; done (n,) 1 where the frame has been rendered. Several
    processes may fill it and read it at once, and an interrupted one is filled further.
    """

    def __init__(self, folder: Path, *, size: int, capacity: int, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.size, self.capacity, self.seed = folder, size, capacity, seed
        self.pictures = self._open("pictures", (size, size, 3), np.uint8)
        self.people = self._open("people", (), np.int64)
        self.motions = self._open("motions", (len(EXPRESSION_AXES),), np.float32)
        self.centres = self._open("centres", (3, 2), np.float32)
        self.done = self._open("done", (), np.uint8)
        self.capacity = len(self.done)  # of a bank that was there already

    def _open(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        path = self.folder / f"{name}.npy"
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            np.lib.format.open_memmap(fresh, "w+", dtype, (self.capacity, *shape)).flush()
            fresh.rename(path)
        return np.lib.format.open_memmap(path, "r+")

    def ready(self) -> npt.NDArray[np.int64]:
        """List the indices of the frames that have been rendered so far."""
        return np.flatnonzero(self.done.copy())  # the original changes while numpy counts

    def render(self, indices: Sequence[int], *, draw: DrawBatch = render_batch) -> None:
        """Render these frames and mark them done."""
        people, motions = zip(*(self._scene(index) for index in indices), strict=True)
        drawn = [PEOPLE[person] for person in people]
        chosen = list(indices)
        self.pictures[chosen] = draw(drawn, np.stack(motions), self.size)
        self.people[chosen], self.motions[chosen] = people, motions
        self.centres[chosen] = [
            eye_and_mouth_centres(person, motion, self.size)
            for person, motion in zip(drawn, motions, strict=True)
        ]
        self.done[chosen] = 1

    def _scene(self, index: int) -> tuple[int, Motion]:
        rng = np.random.default_rng((self.seed, index))
        return int(rng.integers(len(PEOPLE))), random_motion(rng)


@dataclass(frozen=True, slots=True)
class BankSpec:
    """Arguments of a bank, for a process that opens it."""

    folder: Path
    """Folder of its arrays."""
    size: int
    """Side of its pictures in pixels."""
    capacity: int
    """Number of its frames, unless the folder holds a bank already."""
    seed: int
    """Seed of its people and motions."""

    def open(self) -> FrameBank:
        """Open the bank, which makes its files where there are none."""
        return FrameBank(self.folder, size=self.size, capacity=self.capacity, seed=self.seed)


def start_filling(specs: Sequence[BankSpec], *, processes: int) -> list[BaseProcess]:
    """Fill the banks one after the other at low priority; stops with the calling process."""
    context = multiprocessing.get_context("spawn")
    workers: list[BaseProcess] = [
        context.Process(target=_fill, args=(tuple(specs), part, processes), daemon=True)
        for part in range(processes)
    ]
    for worker in workers:
        worker.start()
    return workers


def _fill(specs: Sequence[BankSpec], part: int, parts: int) -> None:
    os.nice(5)  # the training is never kept waiting for a renderer
    draw, batch = _choose_renderer()
    for spec in specs:
        bank = spec.open()
        wanted = [i for i in range(part, bank.capacity, parts) if not bank.done[i]]
        for start in range(0, len(wanted), batch):
            if _has_lost_parent():
                return
            bank.render(wanted[start : start + batch], draw=draw)


def _choose_renderer() -> tuple[DrawBatch, int]:
    """Choose the GPU's renderer where numba finds one; returns it and the pictures of one call."""
    if not cuda.is_available():
        return render_batch, 1
    from reenact.avatars.cuda_renderer import render_batch_on_cuda

    return render_batch_on_cuda, _CUDA_BATCH


def _has_lost_parent() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()
