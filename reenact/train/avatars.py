"""Trains the avatar pack's network by regression on the renderer's pictures.

Every picture of every avatar with every motion is known exactly, so there is no adversary: the loss
is the distance to the truth. The pictures grow from stage to stage, and a run can be resumed at any
time from its folder.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engines.cores import physical_cores
from reenact.media.pictures import write_picture
from reenact.media.preview import sheet
from reenact.train.allocator import keep_freed_memory
from reenact.train.checkpoint import save_json
from reenact.train.frame_bank import BankSpec, FrameBank, start_filling
from reenact.train.losses import over_black_and_white
from reenact.train.recipe import Recipe, Stage, read_recipe
from reenact.train.training import Training, draw_batch
from reenact.types import Image

_HELD_OUT = 24
"""Frames of each bank that are never trained on: the columns of the sheet of samples."""

_FIRST_FRAMES = 500
"""Frames that a bank must hold before training reads it; with fewer the network learns them by
heart while the rest are rendered."""

_COOLING, _COOLEST = 0.2, 0.05
"""Share of a call at whose end the learning rates fall, and the share of them that is left."""

_REPORT_S = 30
"""Seconds between two lines of progress; a killed run loses no more than this."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The end of a call of `train`; without either limit it runs until it is stopped."""

    minutes: float | None = None
    """Minutes of this call."""
    pictures: int | None = None
    """Pictures of the whole run, those of earlier calls included."""


def stage_of(recipe: Recipe, pictures: int) -> Stage:
    """Find the stage of a run after `pictures`; the last one has no end."""
    for stage in recipe.stages:
        if pictures < stage.pictures:
            return stage
        pictures -= stage.pictures
    return recipe.stages[-1]


def bank_specs(recipe: Recipe, folder: Path) -> dict[int, BankSpec]:
    """List the banks of renders that a recipe needs by their size, in the order of need."""
    return {
        stage.rendered: BankSpec(
            folder / f"frames-{stage.rendered}",
            stage.rendered,
            stage.frames,
            recipe.seed,
            people=recipe.people,
            axes=recipe.axes,
            channels=recipe.channels_out,
            mixed=recipe.mixed,
        )
        for stage in recipe.stages
    }


def train(
    recipe: Recipe,
    folder: Path,
    budget: Budget,
    *,
    device: str,
    renderers: int,
    weights: Path | None = None,
) -> Iterator[str]:
    """Run or resume the training in `folder`; yields a line of progress about twice a minute.

    Renders come from `renderers` background processes. Everything is saved with every line.
    weights: to begin a new run with; an existing run is resumed with its own, and says so.
    """
    keep_freed_memory()
    training = Training(recipe, device=_choose_device(device))
    yield from _begin(training, folder, weights)
    specs = bank_specs(recipe, folder)
    workers = start_filling(list(specs.values()), processes=renderers)
    _share_cores(renderers)
    try:
        for line in _loop(training, specs, folder, budget):
            _share_cores(sum(worker.is_alive() for worker in workers))
            yield line
    finally:
        for worker in workers:
            worker.terminate()


def _begin(training: Training, folder: Path, weights: Path | None) -> Iterator[str]:
    """Load the run in `folder`, or begin one with `weights`; yields what it did."""
    if weights is not None:
        training.start_from(weights)
    if (folder / "progress.json").exists():
        _check_net(training.recipe, folder)
        training.load(folder)
        if weights is not None:
            yield f"{folder} holds a run, which is resumed; {weights} would begin a new one"
    folder.mkdir(parents=True, exist_ok=True)
    save_json(folder / "recipe.json", asdict(training.recipe))
    yield f"training on {training.device}, from picture {training.pictures} on"


def _check_net(recipe: Recipe, folder: Path) -> None:
    """Raise ValueError when the run in `folder` trains another net than this recipe's."""
    saved = read_recipe(folder)
    for key in ("people", "axes", "channels", "width", "channels_out"):
        asked = getattr(recipe, key)
        if saved[key] != (list(asked) if isinstance(asked, tuple) else asked):
            raise ValueError(
                f"{folder} holds a run of another recipe, whose {key} differ: resume it with its "
                "own --recipe, or give another --folder"
            )


def _loop(
    training: Training, specs: dict[int, BankSpec], folder: Path, budget: Budget
) -> Iterator[str]:
    rng = np.random.default_rng()
    banks = {size: FrameBank(spec) for size, spec in specs.items()}
    started = reported = time.perf_counter()
    losses: list[float] = []
    shown = training.pictures
    while not _is_spent(budget, started, training.pictures):
        stage = stage_of(training.recipe, training.pictures)
        bank = banks[stage.rendered]
        ready = bank.ready()[_HELD_OUT:]
        if len(ready) < min(_FIRST_FRAMES, bank.capacity - _HELD_OUT):
            time.sleep(1)
            continue
        indices = rng.choice(ready, stage.batch)
        batch = draw_batch(bank, indices, stage.size, str(training.device))
        training.set_rates(stage.rate * cool_down(budget, time.perf_counter() - started))
        losses.append(training.step(batch, stage.size))
        now = time.perf_counter()
        if now - reported > _REPORT_S:
            rate = (training.pictures - shown) / (now - reported)
            training.save(folder)
            write_picture(folder / "samples.png", draw_samples(training, bank, stage.size))
            yield (
                f"{training.pictures} pictures, {stage.size} px, {rate:.1f}/s, "
                f"loss {np.mean(losses):.4f}, {len(ready)} frames"
            )
            losses, shown, reported = [], training.pictures, time.perf_counter()
    training.save(folder)


def draw_samples(training: Training, bank: FrameBank, size: int) -> Image:
    """Draw the held-out frames of a bank: rendered in the upper row, generated in the lower.

    Cutouts are shown over black.
    """
    batch = draw_batch(bank, np.arange(_HELD_OUT), bank.size, str(training.device))
    generated = training.draw_average(batch, size)
    return sheet([_show(batch.pictures), _show(generated)], cell=size)


def _show(pictures: Tensor) -> list[Image]:
    shown = over_black_and_white(pictures)[:, :3].permute(0, 2, 3, 1).cpu().numpy()
    return list(np.clip(np.rint((shown + 1) * 127.5), 0, 255).astype(np.uint8))


def _choose_device(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _share_cores(renderers: int) -> None:
    """Leave a core to each renderer: a thread that shares one makes all the others wait for it."""
    torch.set_num_threads(max(1, physical_cores() - renderers))


def cool_down(budget: Budget, elapsed_s: float) -> float:
    """Share of the learning rates, which falls over the last fifth of a call of known length.

    Weights that were stepped through quickly settle, and the next call steps quickly again.
    """
    if budget.minutes is None:
        return 1.0
    left = 1 - elapsed_s / (60 * budget.minutes)
    return min(1.0, max(left / _COOLING, _COOLEST))


def _is_spent(budget: Budget, started: float, pictures: int) -> bool:
    over_time = budget.minutes is not None and time.perf_counter() - started > budget.minutes * 60
    return over_time or (budget.pictures is not None and pictures >= budget.pictures)
