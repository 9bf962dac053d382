"""Writes the avatar pack from a trained network: graphs, people, pack.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from export.graphs import declared, write_graph
from export.pack_folder import file_entry, keep_person, replaced, write_json, write_manifest
from export.static_synthesis import StaticSynthesis
from reenact.errors import PackError
from reenact.nets.avatar import AvatarNet
from reenact.packs.identity_card import FOLDER, read_cards

_TRAINED = "trained with the net"
"""How the cards of this pack's own people say that they were made."""

_ATTRIBUTION = "Synthetic people drawn and trained by the reenact project; no real person is shown."


def write_avatar_pack(
    net: AvatarNet, people: Mapping[str, str], folder: Path, *, provenance: dict[str, Any]
) -> None:
    """Write `net` as the pack `folder`, replacing the pack that is there once the new one is whole.

    people: name and description of each avatar, in the order of `net.identities`.
    provenance: JSON-able facts on its origin. People who were added to the old pack are kept;
    raises PackError when one of them has the name of a trained one.
    """
    with replaced(folder) as fresh:
        _keep_people(folder, fresh, people)
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
            graphs=_write_graphs(net, fresh),
            provenance=provenance,
        )


def _write_graphs(net: AvatarNet, folder: Path) -> dict[str, Any]:
    synthesis = net.synthesis
    graphs = declared(
        rows=synthesis.rows, width=synthesis.width, size=synthesis.size, reads="expression"
    )
    modules: dict[str, nn.Module] = {
        "motion": net.motion,
        "synthesis": StaticSynthesis(synthesis, "blurred"),
    }
    return {
        name: write_graph(graphs[name], module, folder, halved=True)
        for name, module in modules.items()
    }


def _keep_people(folder: Path, fresh: Path, people: Mapping[str, str]) -> None:
    """Copy everyone into the new pack whom the old one did not get from its training."""
    for name, card in read_cards(folder).items():
        if card.made.get("how") == _TRAINED:
            continue
        if name in people:
            raise PackError(
                f"{folder} has an added {name!r} like a trained one; rename theirs first"
            )
        keep_person(card, folder, fresh)


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
