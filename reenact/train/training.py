"""The state of a training run, how it is saved, and one step of learning."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.avatar import AvatarNet
from reenact.nets.inherit import inherit
from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.separable import SeparableConv
from reenact.nets.stylegan2 import ModulatedConv
from reenact.train.checkpoint import load_tensors, save_json, save_tensors
from reenact.train.frame_bank import FrameBank
from reenact.train.losses import detail_weights, over_black_and_white, picture_loss
from reenact.train.muon import Muon
from reenact.train.recipe import AVATAR_256, Recipe


def make_net(recipe: Recipe) -> AvatarNet:
    """Make the network of a recipe, with random weights."""
    return AvatarNet(
        recipe.people,
        recipe.channels,
        recipe.width,
        axes=len(recipe.axes),
        channels_out=recipe.channels_out,
        quick=recipe.quick,
    )


def _kernels(net: nn.Module) -> Iterator[nn.Parameter]:
    """The weights that mix channels over and over, which are what Muon is for: those of the whole
    and of the separable convolutions."""
    for layer in net.modules():
        if isinstance(layer, ModulatedConv) and layer.weight.shape[-1] == 3:
            yield layer.weight
        elif isinstance(layer, SeparableConv):
            yield layer.mix


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rendered frames as tensors."""

    people: Tensor
    """Indices in `PEOPLE` of each frame's shape and colours, (N, 2); mixed ones have two."""
    motions: Tensor
    """Expressions, (N, axes) in the order of the recipe's axes."""
    centres: Tensor
    """Centres of right eye, left eye and mouth, (N, 3, 2) as fractions of the picture's side."""
    pictures: Tensor
    """Rendered pictures, (N, channels_out, S, S) in [-1, 1]."""


def draw_batch(
    bank: FrameBank, indices: np.ndarray[tuple[int], np.dtype[np.int64]], size: int, device: str
) -> Batch:
    """Read the frames `indices` of a bank, their pictures shrunk to `size` by area."""
    pixels = torch.from_numpy(bank.pictures[indices]).to(device).permute(0, 3, 1, 2)
    pictures = shrink(pixels.float() / 127.5 - 1, size)
    return Batch(
        people=torch.from_numpy(bank.people[indices]).to(device),
        motions=torch.from_numpy(bank.motions[indices]).to(device),
        centres=torch.from_numpy(bank.centres[indices] / bank.size).to(device),
        pictures=pictures,
    )


def shrink(pictures: Tensor, size: int) -> Tensor:
    """Shrink (N, C, S, S) pictures in [-1, 1] by area; with alpha, colour counts as it covers."""
    if pictures.shape[1] == 3:
        return functional.adaptive_avg_pool2d(pictures, size)
    colour, alpha = (pictures[:, :3] + 1) / 2, (pictures[:, 3:] + 1) / 2
    covered = functional.adaptive_avg_pool2d(torch.cat([colour * alpha, alpha], dim=1), size)
    alpha = covered[:, 3:]
    return torch.cat([covered[:, :3] / alpha.clamp_min(1e-4), alpha], dim=1) * 2 - 1


class Training:
    """A training run: network, running average, optimizers, and the pictures shown so far."""

    def __init__(self, recipe: Recipe, *, device: str) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, torch.device(device)
        self.net, self.average = (make_net(recipe).to(self.device) for _ in range(2))
        # A sixth faster on CPUs. torch's stubs know `memory_format` only together with a dtype.
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average.load_state_dict(self.net.state_dict())
        kernels = list(_kernels(self.net))
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

    def step(self, batch: Batch, size: int) -> float:
        """Learn from one batch; returns its loss."""
        generated = self.net(self._people_of_rows(batch.people), batch.motions, size=size)
        weights = detail_weights(batch.centres, size, self.recipe.detail)
        shown, truth = over_black_and_white(generated), over_black_and_white(batch.pictures)
        loss = picture_loss(shown, truth, weights)
        loss.backward()
        self.muon.step()
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        self.pictures += len(batch.people)
        self._update_average(len(batch.people))
        return float(loss.detach())

    @torch.no_grad()
    def draw_average(self, batch: Batch, size: int) -> Tensor:
        """Draw the people and motions of a batch with the running average of the weights."""
        people = self._people_of_rows(batch.people)
        pictures: Tensor = self.average(people, batch.motions, size=size)
        return pictures

    def _people_of_rows(self, people: Tensor) -> Tensor:
        """Indices of shape and colours, (N, 2) -> the person of each row of a code, (N, rows)."""
        rows, shape = self.net.synthesis.rows, self.recipe.shape_rows
        of_row = torch.arange(rows, device=people.device) >= shape
        return people[:, of_row.long()]

    @torch.no_grad()
    def _update_average(self, shown: int) -> None:
        # A quarter of the run so far, so that a young run's average forgets its random beginning.
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
        """Continue from what `save` wrote."""
        self.net.load_state_dict(load_tensors(folder / "weights.safetensors"))
        self.average.load_state_dict(load_tensors(folder / "average.safetensors"))
        self._load_optimizers(load_tensors(folder / "optimizers.safetensors"))
        self.pictures = json.loads((folder / "progress.json").read_text())["pictures"]

    def start_from(self, weights: Path) -> None:
        """Begin with the weights of an earlier run, at the last stage, with fresh optimizers.

        Weights of the first pack's network begin a quick one too, at the first stage.
        Raises ValueError for a file that cannot be read, or holds the weights of another net.
        """
        try:
            self.pictures = self._take_over(load_tensors(weights))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")
            raise ValueError(
                f"--weights must be the weights of an avatar net, and {weights} is not that "
                f"({reason}): give a file that reenact export avatars --weights has written"
            ) from error

    def _take_over(self, tensors: dict[str, Tensor]) -> int:
        """Begin with `tensors`; returns the pictures after which a run would be as far."""
        if self.recipe.quick and "synthesis.detail.bias" not in tensors:
            self._inherit(tensors)
            return 0
        for net in (self.net, self.average):
            net.load_state_dict(tensors)
        return sum(stage.pictures for stage in self.recipe.stages[:-1])

    @torch.no_grad()
    def _inherit(self, tensors: dict[str, Tensor]) -> None:
        """Take over what the first pack's network knows of faces, and its people; further ones
        begin as the mean of those, and how expressions move them is learnt anew."""
        old = make_net(AVATAR_256)
        old.load_state_dict(tensors)
        assert isinstance(self.net.synthesis, QuickSynthesis)
        inherit(self.net.synthesis, old.synthesis)
        known = old.identities[: self.recipe.people, : self.net.synthesis.rows]
        self.net.identities[:] = known.mean(dim=0)
        self.net.identities[: len(known)] = known
        self.average.load_state_dict(self.net.state_dict())

    def _load_optimizers(self, tensors: dict[str, Tensor]) -> None:
        state = self.adam.state_dict()
        for name, tensor in tensors.items():
            kind, index, *key = name.split(".")
            if kind == "muon":
                self.muon.momenta[int(index)].copy_(tensor)
            else:
                state["state"].setdefault(int(index), {})[key[0]] = tensor
        self.adam.load_state_dict(state)
