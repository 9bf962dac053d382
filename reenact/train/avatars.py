"""Trains the avatar pack's network by regression on the renderer's pictures.

Every picture of every avatar with every motion is known exactly, so there is no adversary: the loss
is the distance to the truth. Progressive in size; resumable at any time from the run folder.
"""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional

from engines.cores import physical_cores
from reenact.avatars.people import PEOPLE
from reenact.nets.avatar import AvatarNet
from reenact.train.allocator import keep_freed_memory
from reenact.train.checkpoint import load_tensors, save_json, save_tensors
from reenact.train.frame_bank import BankSpec, FrameBank, start_filling
from reenact.train.losses import detail_weights, picture_loss
from reenact.train.muon import Muon
from reenact.train.recipe import Recipe, Stage
from reenact.train.sample_sheet import save_sample_sheet

logger = logging.getLogger(__name__)

_HELD_OUT = 24
_FIRST_FRAMES = 500
_COOLING, _COOLEST = 0.2, 0.05


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: `minutes` of this call, or the pictures of the whole run."""

    minutes: float | None = None
    pictures: int | None = None


class Training:
    """A run: network, running average, optimizers, and how far it has come."""

    def __init__(self, recipe: Recipe, people: int, *, device: str) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, torch.device(device)
        self.net, self.average = (
            AvatarNet(people, recipe.channels, recipe.width).to(self.device) for _ in range(2)
        )
        # A sixth faster on CPUs. torch's stubs know `memory_format` only together with a dtype.
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average.load_state_dict(self.net.state_dict())
        kernels = [p for n, p in self.net.named_parameters() if p.ndim == 4 and p.shape[-1] == 3]
        known = {id(p) for p in kernels}
        others = [p for p in self.net.parameters() if id(p) not in known]
        self.muon = Muon(kernels, rate=recipe.conv_rate)
        self.adam = torch.optim.Adam(others, lr=recipe.other_rate, betas=(0.9, 0.99))
        self.pictures = 0

    def set_rates(self, share: float) -> None:
        """Use `share` of the recipe's learning rates from now on."""
        self.muon.rate = self.recipe.conv_rate * share
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.other_rate * share

    def step(self, batch: "Batch", size: int) -> float:
        """Learn from one batch; returns its loss."""
        generated = self.net(batch.people, batch.motions, size=size)
        weights = detail_weights(batch.centres, size, self.recipe.detail)
        loss = picture_loss(generated, batch.pictures, weights)
        loss.backward()
        self.muon.step()
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        self.pictures += len(batch.people)
        self._update_average(len(batch.people))
        return float(loss.detach())

    @torch.no_grad()
    def _update_average(self, shown: int) -> None:
        horizon = min(self.recipe.average_pictures, self.pictures / 4)
        share = min(1.0, shown / max(horizon, 1.0))
        for mean, value in zip(self.average.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(value, share)

    def save(self, folder: Path) -> None:
        """Write everything `load` needs."""
        save_tensors(folder / "weights.safetensors", dict(self.net.named_parameters()))
        save_tensors(folder / "average.safetensors", dict(self.average.named_parameters()))
        momenta = {f"muon.{i}": m for i, m in enumerate(self.muon.momenta)}
        adam = self.adam.state_dict()["state"]
        moments = {f"adam.{i}.{k}": v for i, state in adam.items() for k, v in state.items()}
        save_tensors(folder / "optimizers.safetensors", momenta | moments)
        save_json(folder / "progress.json", {"pictures": self.pictures})

    def load(self, folder: Path) -> None:
        """Go on where `save` left off."""
        self.net.load_state_dict(load_tensors(folder / "weights.safetensors"))
        self.average.load_state_dict(load_tensors(folder / "average.safetensors"))
        self._load_optimizers(load_tensors(folder / "optimizers.safetensors"))
        self.pictures = json.loads((folder / "progress.json").read_text())["pictures"]

    def start_from(self, weights: Path) -> None:
        """Begin with the weights of an earlier run, at the last stage, with fresh optimizers.

        Raises ValueError for a file that cannot be read, or holds the weights of another net.
        """
        try:
            tensors = load_tensors(weights)
            for net in (self.net, self.average):
                net.load_state_dict(tensors)
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")
            raise ValueError(
                f"--weights must be the weights of an avatar net, and {weights} is not that "
                f"({reason}): give a file that reenact export avatars --weights has written"
            ) from error
        self.pictures = sum(stage.pictures for stage in self.recipe.stages[:-1])

    def _load_optimizers(self, tensors: dict[str, Tensor]) -> None:
        state = self.adam.state_dict()
        for name, tensor in tensors.items():
            kind, index, *key = name.split(".")
            if kind == "muon":
                self.muon.momenta[int(index)].copy_(tensor)
            else:
                state["state"].setdefault(int(index), {})[key[0]] = tensor
        self.adam.load_state_dict(state)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Frames as tensors: pictures (N, 3, S, S) in [-1, 1]; centres as fractions of the picture."""

    people: Tensor
    motions: Tensor
    centres: Tensor
    pictures: Tensor


def draw_batch(
    bank: FrameBank, indices: np.ndarray[tuple[int], np.dtype[np.int64]], size: int, device: str
) -> Batch:
    """The frames `indices`, their pictures shrunk to `size` by area."""
    pixels = torch.from_numpy(bank.pictures[indices]).to(device).permute(0, 3, 1, 2)
    pictures = functional.adaptive_avg_pool2d(pixels.float() / 127.5 - 1, size)
    return Batch(
        people=torch.from_numpy(bank.people[indices]).to(device),
        motions=torch.from_numpy(bank.motions[indices]).to(device),
        centres=torch.from_numpy(bank.centres[indices] / bank.size).to(device),
        pictures=pictures,
    )


def stage_of(recipe: Recipe, pictures: int) -> Stage:
    """The stage a run is in after `pictures`; the last one has no end."""
    for stage in recipe.stages:
        if pictures < stage.pictures:
            return stage
        pictures -= stage.pictures
    return recipe.stages[-1]


def bank_specs(recipe: Recipe, folder: Path) -> dict[int, BankSpec]:
    """The banks of rendered frames a recipe needs, by rendered size, in the order of need."""
    return {
        stage.rendered: BankSpec(
            folder / f"frames-{stage.rendered}", stage.rendered, stage.frames, recipe.seed
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
    training = Training(recipe, len(PEOPLE), device=_chosen(device))
    resumes = (folder / "progress.json").exists()
    if weights is not None:
        training.start_from(weights)
    if resumes:
        training.load(folder)
        if weights is not None:
            yield f"{folder} holds a run, which is resumed; {weights} would begin a new one"
    folder.mkdir(parents=True, exist_ok=True)
    save_json(folder / "recipe.json", asdict(recipe))
    yield f"training on {training.device}, from picture {training.pictures} on"
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


def _loop(
    training: Training, specs: dict[int, BankSpec], folder: Path, budget: Budget
) -> Iterator[str]:
    rng = np.random.default_rng()
    banks = {size: spec.open() for size, spec in specs.items()}
    started = reported = time.perf_counter()
    losses: list[float] = []
    shown = training.pictures
    while not _spent(budget, started, training.pictures):
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
        if now - reported > 30:
            rate = (training.pictures - shown) / (now - reported)
            training.save(folder)
            save_sample_sheet(folder / "samples.png", training.average, bank, stage.size, _HELD_OUT)
            yield (
                f"{training.pictures} pictures, {stage.size} px, {rate:.1f}/s, "
                f"loss {np.mean(losses):.4f}, {len(ready)} frames"
            )
            losses, shown, reported = [], training.pictures, time.perf_counter()
    training.save(folder)


def _chosen(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _share_cores(renderers: int) -> None:
    """Leave a core to each renderer: a thread that shares one makes all the others wait for it."""
    torch.set_num_threads(max(1, physical_cores() - renderers))


def cool_down(budget: Budget, elapsed_s: float) -> float:
    """The share of the learning rates, falling over the last fifth of a call of known length.

    Weights that were stepped through quickly settle, and the next call steps quickly again.
    """
    if budget.minutes is None:
        return 1.0
    left = 1 - elapsed_s / (60 * budget.minutes)
    return min(1.0, max(left / _COOLING, _COOLEST))


def _spent(budget: Budget, started: float, pictures: int) -> bool:
    over_time = budget.minutes is not None and time.perf_counter() - started > budget.minutes * 60
    return over_time or (budget.pictures is not None and pictures >= budget.pictures)
