"""Writes the avatar pack from a training run or its network: graphs, people, pack.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from export.graphs import write_graph
from export.pack_folder import file_entry, replace_pack, write_json, write_manifest
from export.static_synthesis import StaticSynthesis
from reenact.avatars.people import ABOUT, PEOPLE
from reenact.errors import PackError
from reenact.nets.avatar import AvatarNet
from reenact.packs.identity_card import FOLDER, IdentityCard, read_cards
from reenact.packs.interface import declare_graphs
from reenact.train.checkpoint import load_tensors, save_tensors
from reenact.train.recipe import read_recipe
from reenact.types import EXPRESSION_AXES

_TRAINED = "trained with the net"
"""The mark by which the cards of this pack's own people say how they were made."""

_ATTRIBUTION = "Synthetic people drawn and trained by the reenact project; no real person is shown."


def export_run(run: Path, pack: Path, weights: Path | None) -> None:
    """Write the running average of the training run in folder `run` as the pack `pack`.

    weights: a file for the average in half precision, from which a later training can start; None
    for none. Raises PackError when `run` holds no training.
    """
    if not (run / "progress.json").is_file():
        raise PackError(f"{run} holds no training run; make one with: reenact train avatars")
    recipe = json.loads((run / "recipe.json").read_text())
    full = read_recipe(run)
    names = [person.name for person in PEOPLE[: full["people"]]]
    net = AvatarNet(
        full["people"],
        full["channels"],
        full["width"],
        axes=len(full["axes"]),
        channels_out=full["channels_out"],
        quick=full["quick"],
    )
    net.load_state_dict(load_tensors(run / "average.safetensors"))
    shown = json.loads((run / "progress.json").read_text())["pictures"]
    provenance = {"recipe": recipe, "pictures": shown}
    people = {name: ABOUT[name] for name in names}
    write_avatar_pack(net, people, pack, axes=tuple(full["axes"]), provenance=provenance)
    if weights is not None:
        halves = {name: tensor.to(torch.float16) for name, tensor in net.named_parameters()}
        save_tensors(weights, halves)


def write_avatar_pack(
    net: AvatarNet, people: Mapping[str, str], folder: Path, *,
    axes: tuple[str, ...] = EXPRESSION_AXES, provenance: dict[str, Any],
) -> None:  # fmt: skip
    """Write `net` as the pack `folder`; an older pack there is replaced once the new one is whole.

    people: name and description of each avatar, in the order of `net.identities`.
    axes: those of the expressions that the net reads; the first pack's are not written down.
    provenance: facts on the pack's origin, as JSON values.
    People who were added to the old pack are kept. Raises PackError when one of them has the name
    of a trained one.
    """
    for card in read_cards(folder).values():  # now, not after the work
        _was_added(card, people)
    with replace_pack(folder, lambda card: _was_added(card, people)) as fresh:
        for index, (name, about) in enumerate(people.items()):
            _write_identity(net, index, name, about, fresh / FOLDER)
        write_manifest(
            fresh,
            name=folder.name,
            licence="Apache-2.0",
            attribution=_ATTRIBUTION,
            size=net.synthesis.size,
            rows=net.synthesis.rows,
            width=net.synthesis.width,
            reads="expression",
            **({} if axes == EXPRESSION_AXES else {"axes": axes}),
            graphs=_write_graphs(net, len(axes), fresh),
            provenance=provenance,
        )


def _write_graphs(net: AvatarNet, axes: int, folder: Path) -> dict[str, Any]:
    synthesis = net.synthesis
    graphs = declare_graphs(
        reads="expression",
        axes=axes,
        code=(synthesis.rows, synthesis.width),
        size=synthesis.size,
        channels=len(synthesis.to_rgb.bias),
    )
    modules: dict[str, nn.Module] = {
        "motion": net.motion,
        "synthesis": StaticSynthesis(synthesis, "blurred"),
    }
    return {
        name: write_graph(name, graphs[name], module, folder, halved=True)
        for name, module in modules.items()
    }


def _was_added(card: IdentityCard, people: Mapping[str, str]) -> bool:
    """Whether a person of the old pack did not come from its training, and so stays.

    Raises PackError when such a person has the name of one of `people`.
    """
    added = card.made.get("how") != _TRAINED
    if added and card.name in people:
        raise PackError(
            f"an added person is called {card.name!r} like a trained one; rename theirs first"
        )
    return added


def _write_identity(net: AvatarNet, index: int, name: str, about: str, folder: Path) -> None:
    path = folder / f"{name}.safetensors"
    save_file({"latent": net.identities[index].detach().float().contiguous()}, path)
    card = {
        "name": name,
        "description": about,
        "latent": file_entry(path, folder),
        "made": {"how": _TRAINED},
    }
    write_json(folder / f"{name}.json", card)
