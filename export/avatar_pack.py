"""Writes the avatar pack from a trained network: graphs, identities, pack.json."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors.torch import save_file
from torch import nn

from export.static_synthesis import StaticSynthesis
from export.to_onnx import to_onnx
from reenact.nets.avatar import AvatarNet
from reenact.packs import sha256_of
from reenact.types import EXPRESSION_AXES

_SCHEMA = 1
_ATTRIBUTION = "Synthetic people drawn and trained by the reenact project; no real person is shown."

_Port: TypeAlias = tuple[str, list[int], str]  # name, shape of one item, dtype


def write_avatar_pack(
    net: AvatarNet, people: Mapping[str, str], folder: Path, *, provenance: dict[str, Any]
) -> None:
    """Write `net` as the pack `folder`, replacing the pack that is there once the new one is whole.

    people: name and description of each avatar, in the order of `net.identities`.
    provenance: JSON-able facts on its origin.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "identities").mkdir(parents=True)
    manifest = {
        "schema": _SCHEMA,
        "name": folder.name,
        "licence": "Apache-2.0",
        "attribution": _ATTRIBUTION,
        "size": net.synthesis.size,
        "rows": net.synthesis.rows,
        "width": net.synthesis.width,
        "reads": "expression",
        "graphs": _write_graphs(net, fresh),
        "identities": {
            name: _write_identity(net, index, {"name": name, "description": about}, fresh)
            for index, (name, about) in enumerate(people.items())
        },
        "provenance": provenance,
    }
    (fresh / "pack.json").write_text(json.dumps(manifest, indent=1) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _write_graphs(net: AvatarNet, folder: Path) -> dict[str, Any]:
    axes, rows, width, size = len(EXPRESSION_AXES), *net.identities.shape[1:], net.synthesis.size
    return {
        "motion": _write_graph(
            net.motion, folder / "motion.onnx",
            ("expression", [axes], "float32"), ("motion", [rows, width], "float32"),
        ),
        "synthesis": _write_graph(
            StaticSynthesis(net.synthesis), folder / "synthesis.onnx",
            ("w", [rows, width], "float32"), ("picture", [size, size, 3], "uint8"),
        ),
    }  # fmt: skip


def _write_graph(module: nn.Module, path: Path, source: _Port, result: _Port) -> dict[str, Any]:
    example = torch.zeros(2, *source[1])
    to_onnx(module, example, path, inputs=[source[0]], outputs=[result[0]])
    return {
        "file": path.name,
        "sha256": sha256_of(path),
        "precision": "fp32",
        "inputs": [_spec(*source)],
        "outputs": [_spec(*result)],
    }


def _spec(name: str, shape: list[int], dtype: str) -> dict[str, Any]:
    return {"name": name, "shape": [None, *shape], "dtype": dtype}


def _write_identity(
    net: AvatarNet, index: int, about: dict[str, str], folder: Path
) -> dict[str, str]:
    path = folder / "identities" / f"{about['name']}.safetensors"
    latent = net.identities[index].detach().float().contiguous()
    save_file({"latent": latent}, path, metadata=about)
    return {"file": f"identities/{path.name}", "sha256": sha256_of(path)}
