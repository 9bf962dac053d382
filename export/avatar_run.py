"""A training run of the avatars -> the pack, and the weights to go on from."""

import json
from dataclasses import asdict
from pathlib import Path

import torch

from export.avatar_pack import write_avatar_pack
from reenact.avatars.cast import CAST
from reenact.nets.avatar import AvatarNet
from reenact.train.checkpoint import load_tensors, save_tensors
from reenact.train.recipe import Recipe


def export_run(recipe: Recipe, run: Path, pack: Path, weights: Path) -> None:
    """Write the running average of `run` as the folder `pack` and, in half precision, as `weights`.

    Raises FileNotFoundError when `run` holds no training of `recipe`.
    """
    net = AvatarNet(len(CAST), recipe.channels, recipe.width)
    net.load_state_dict(load_tensors(run / "average.safetensors"))
    shown = json.loads((run / "progress.json").read_text())["pictures"]
    provenance = {"recipe": asdict(recipe), "pictures": shown}
    write_avatar_pack(net, [person.name for person in CAST], pack, provenance=provenance)
    weights.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.to(torch.float16) for name, tensor in net.named_parameters()}
    save_tensors(weights, halves)
