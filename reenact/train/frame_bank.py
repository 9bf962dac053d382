"""Bank of rendered frames on disk, which background processes fill while a training reads it."""

import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numba import cuda

from reenact.avatars.frame import Motion
from reenact.avatars.mixed_people import mix_people
from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.old_motions import lift_motion, reduce_motion
from reenact.avatars.people import PEOPLE
from reenact.avatars.person import Person
from reenact.avatars.renderer import eye_and_mouth_centres, render_batch
from reenact.types import EXPRESSION_AXES, Image


class DrawBatch(Protocol):
    """`render_batch`, or the renderer of a GPU."""

    def __call__(
        self,
        people: Sequence[Person],
        motions: npt.NDArray[np.float32],
        size: int,
        *,
        cutout: bool,
    ) -> Image:
        """Draw people doing motions (N, 29)."""


_CUDA_BATCH = 64
"""Pictures of one call to the GPU, which a single one would not fill."""


@dataclass(frozen=True, slots=True)
class BankSpec:
    """What a bank of frames holds, and where."""

    folder: Path
    """Folder of its arrays."""
    size: int
    """Side of its pictures in pixels."""
    capacity: int
    """Number of its frames, unless the folder holds a bank already."""
    seed: int
    """Seed of its people and motions."""
    people: int
    """The first so many of `PEOPLE` are drawn."""
    axes: tuple[str, ...]
    """Axes of its motions: `AXES`, or `EXPRESSION_AXES`."""
    channels: int
    """Channels of its pictures: 3 with a backdrop, 4 for a cutout with straight alpha."""
    mixed: float
    """Share of frames with the shape of one person and the colours of another."""


class FrameBank:
    """`capacity` renders of one size, each a fixed function of (seed, index).

    pictures (n, S, S, channels) uint8; people (n, 2) indices of shape and colours; motions
    (n, axes); centres (n, 3, 2) pixels of the subject's right eye, left eye and mouth; done (n,) 1
    where the frame has been rendered. Several processes may fill it and read it at once, and an
    interrupted one is filled further. Raises ValueError where the folder holds other frames.
    """

    def __init__(self, spec: BankSpec) -> None:
        spec.folder.mkdir(parents=True, exist_ok=True)
        self.spec, self.size, self.capacity = spec, spec.size, spec.capacity
        self.pictures = self._open("pictures", (self.size, self.size, spec.channels), np.uint8)
        self.people = self._open("people", (2,), np.int64)
        self.motions = self._open("motions", (len(spec.axes),), np.float32)
        self.centres = self._open("centres", (3, 2), np.float32)
        self.done = self._open("done", (), np.uint8)
        self.capacity = len(self.done)  # of a bank that was there already

    def _open(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        path = self.spec.folder / f"{name}.npy"
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            np.lib.format.open_memmap(fresh, "w+", dtype, (self.capacity, *shape)).flush()
            fresh.rename(path)
        array = np.lib.format.open_memmap(path, "r+")
        if array.shape[1:] != shape:
            raise ValueError(
                f"{path} must hold frames of shape {shape}, got {array.shape[1:]}: "
                "it belongs to another recipe; give another folder"
            )
        return array

    def ready(self) -> npt.NDArray[np.int64]:
        """List the indices of the frames that have been rendered so far."""
        return np.flatnonzero(self.done.copy())  # the original changes while numpy counts

    def render(self, indices: Sequence[int], *, draw: DrawBatch = render_batch) -> None:
        """Render these frames and mark them done."""
        people, motions = zip(*(self._scene(index) for index in indices), strict=True)
        drawn = [mix_people(PEOPLE[shape], PEOPLE[colours]) for shape, colours in people]
        pairs = zip(drawn, motions, strict=True)
        moved, chosen = [self._drawable(*pair) for pair in pairs], list(indices)
        self.pictures[chosen] = draw(
            drawn, np.stack(moved), self.size, cutout=self.spec.channels == 4
        )
        self.people[chosen], self.motions[chosen] = people, motions
        self.centres[chosen] = [
            eye_and_mouth_centres(person, motion, self.size)
            for person, motion in zip(drawn, moved, strict=True)
        ]
        self.done[chosen] = 1

    def _scene(self, index: int) -> tuple[tuple[int, int], npt.NDArray[np.float32]]:
        """Draw lots for a frame: indices of shape and colours, and a motion on the bank's axes."""
        rng = np.random.default_rng((self.spec.seed, index))
        shape, other = rng.integers(self.spec.people, size=2).tolist()
        colours = other if rng.random() < self.spec.mixed else shape
        motion = random_motion(rng)
        return (shape, colours), reduce_motion(motion) if self._is_old else motion

    def _drawable(self, person: Person, motion: npt.NDArray[np.float32]) -> Motion:
        return lift_motion(motion, person) if self._is_old else motion

    @property
    def _is_old(self) -> bool:
        return self.spec.axes == EXPRESSION_AXES


def start_filling(specs: Sequence[BankSpec], *, processes: int) -> list[BaseProcess]:
    """Fill the banks one after the other at low priority; stops with the calling process."""
    context = multiprocessing.get_context("spawn")
    workers: list[BaseProcess] = [
        context.Process(target=fill, args=(tuple(specs), part, processes), daemon=True)
        for part in range(processes)
    ]
    for worker in workers:
        worker.start()
    return workers


def fill(specs: Sequence[BankSpec], part: int = 0, parts: int = 1) -> None:
    """Render one of `parts` equal shares of all frames that the banks still lack, at low priority.

    A share of a process that was started with `start_filling` ends with that one's parent.
    """
    os.nice(5)  # the training is never kept waiting for a renderer
    draw, batch = _choose_renderer()
    for spec in specs:
        bank = FrameBank(spec)
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
