"""Writes a photo-real pack, which reads faces, from the paper's networks.

The matrix M is folded (`reenact.nets.folded_motion`): its motion half goes into the motion graph,
its identity half into the enrolment's constants. The average picture is the face of zero motion.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from export.face_graphs import FromPixels, Refinement, StaticReconstruction
from export.face_nets import FaceNets, IdentityEncoder
from export.graphs import write_graph
from export.pack_folder import file_entry, replace_pack, write_manifest
from export.static_synthesis import StaticSynthesis
from reenact.nets.folded_motion import FoldedMotion, fold
from reenact.nets.generator import Generator
from reenact.nets.reconstruction import Reconstruction
from reenact.nets.restyle import RestyleEncoder
from reenact.packs.interface import GraphSpec, declare_graphs

LICENCE = "for research and evaluation only, not commercial"
"""The pack's licence: NVIDIA's terms bind whatever holds or was trained with its StyleGAN2."""

ATTRIBUTION = (
    "Weights of Jahoda and Cech (Pose and Facial Expression Transfer by using StyleGAN), of "
    "ReStyle, pSp or e4e, and of NVIDIA's StyleGAN2 trained on FFHQ, imported by this user."
)


WriteGraph: TypeAlias = Callable[[str, GraphSpec, nn.Module, Path], dict[str, Any]]
"""Writes a module as the graph of that name into a folder; returns its entry of pack.json."""


def write_exact_graph(
    name: str, graph: GraphSpec, module: nn.Module, folder: Path
) -> dict[str, Any]:
    """Write the graph as ONNX with weights in full precision."""
    return write_graph(name, graph, module, folder, halved=False)


def write_face_pack(
    nets: FaceNets,
    folder: Path,
    provenance: dict[str, Any],
    *,
    write: WriteGraph = write_exact_graph,
) -> Iterator[str]:
    """Write the pack `folder` and yield the name of each step as it begins.

    It replaces an older pack when it is whole, and keeps that pack's people.
    """
    synthesis = nets.generator.synthesis
    with replace_pack(folder) as fresh:
        yield "average picture"
        average = _average_picture(nets.generator)
        yield "folding"
        motion, constants = _fold(nets, average, fresh)
        yield "weights"
        weights = _write_weights(nets, fresh)
        yield from (graphs := _GraphWriter(nets, motion, write)).run(fresh)
        write_manifest(
            fresh,
            name=folder.name,
            licence=LICENCE,
            attribution=ATTRIBUTION,
            size=synthesis.size,
            rows=synthesis.rows,
            width=synthesis.width,
            reads="face",
            graphs=graphs.entries,
            enrolment={**constants, "steps": nets.steps},
            **weights,
            provenance=provenance,
        )


@torch.no_grad()
def _average_picture(generator: Generator) -> Tensor:
    """The picture of the average code, (1, 3, 256, 256), unclamped, as the encoders see it."""
    average: Tensor = Reconstruction(generator.synthesis)(generator.latent_avg[None])
    return average


def _fold(nets: FaceNets, average: Tensor, fresh: Path) -> tuple[FoldedMotion, dict[str, str]]:
    """The folded motion net, and the pack.json entry of the file with the identity half."""
    weight, bias = nets.transfer["linear.weight"], nets.transfer["linear.bias"]
    folded = fold(nets.motion_encoder, weight, bias, average)
    path = fresh / "enrolment.safetensors"
    constants = {
        "latent_avg": nets.start,
        "weight": folded.weight,
        "bias": folded.bias,
    }
    save_file({name: value.contiguous() for name, value in constants.items()}, path)
    return folded.motion, file_entry(path, fresh)


def _write_weights(nets: FaceNets, fresh: Path) -> dict[str, dict[str, str]]:
    """Write the nets that refine a code by gradients: the generator and, where given, LPIPS.

    Returns their entries of pack.json.
    """
    folder, synthesis = fresh / "weights", nets.generator.synthesis
    folder.mkdir()
    about = {
        "channels": synthesis.channels,
        "width": synthesis.width,
        "clamp": synthesis.conv.clamp,
    }
    metadata = {name: json.dumps(value) for name, value in about.items()}
    state = {name: value.contiguous() for name, value in nets.generator.state_dict().items()}
    save_file(state, folder / "generator.safetensors", metadata=metadata)
    entries = {"weights": file_entry(folder / "generator.safetensors", fresh)}
    if nets.lpips is not None:
        save_file(dict(nets.lpips), folder / "lpips.safetensors")
        entries["lpips"] = file_entry(folder / "lpips.safetensors", fresh)
    return entries


class _GraphWriter:
    """Writes the graphs of a pack, one after the other; `entries` go into pack.json."""

    def __init__(self, nets: FaceNets, motion: FoldedMotion, write: WriteGraph) -> None:
        synthesis = nets.generator.synthesis
        self._declarations = declare_graphs(
            reads="face",
            code=(synthesis.rows, synthesis.width),
            size=synthesis.size,
            refining=isinstance(nets.identity_encoder, RestyleEncoder),
        )
        self._builders: dict[str, Callable[[], nn.Module]] = {
            "motion": lambda: FromPixels(motion),
            "synthesis": lambda: StaticSynthesis(synthesis),
            "reconstruction": lambda: StaticReconstruction(synthesis),
            "mapping": lambda: nets.generator.mapping,
            "identity": lambda: _identity_module(nets.identity_encoder),
        }
        if nets.arcface is not None:
            arcface = nets.arcface
            self._builders["similarity"] = lambda: FromPixels(arcface)
        self._write = write
        self.entries: dict[str, Any] = {}

    def run(self, fresh: Path) -> Iterator[str]:
        """Write every graph into `fresh`, and yield a step for each as it begins."""
        for name, build in self._builders.items():
            yield f"graph {name}"
            self.entries[name] = self._write(name, self._declarations[name], build(), fresh)


def _identity_module(encoder: IdentityEncoder) -> nn.Module:
    return Refinement(encoder) if isinstance(encoder, RestyleEncoder) else FromPixels(encoder)
