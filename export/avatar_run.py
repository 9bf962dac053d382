"""A training run of the avatars -> the pack, and the weights to go on from."""

import json
from pathlib import Path

import torch

from export.avatar_pack import write_avatar_pack
from reenact.avatars.people import ABOUT, PEOPLE
from reenact.errors import PackError
from reenact.nets.avatar import AvatarNet
from reenact.train.checkpoint import load_tensors, save_tensors


def export_run(run: Path, pack: Path, weights: Path | None) -> None:
    """Write the running average of `run` as the folder `pack`.

    weights: where to keep it in half precision too, to go on from. Raises PackError when `run`
    holds no training.
    """
    if not (run / "progress.json").is_file():
        raise PackError(f"{run} holds no training run; make one with: reenact train avatars")
    recipe = json.loads((run / "recipe.json").read_text())
    net = AvatarNet(len(PEOPLE), recipe["channels"], recipe["width"])
    net.load_state_dict(load_tensors(run / "average.safetensors"))
    shown = json.loads((run / "progress.json").read_text())["pictures"]
    provenance = {"recipe": recipe, "pictures": shown}
    people = {person.name: ABOUT[person.name] for person in PEOPLE}
    write_avatar_pack(net, people, pack, provenance=provenance)
    if weights is not None:
        halves = {name: tensor.to(torch.float16) for name, tensor in net.named_parameters()}
        save_tensors(weights, halves)
