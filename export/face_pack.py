"""Writes a photo-real pack, one that reads faces, from the paper's networks.

M is folded (`reenact.nets.folded_motion`): its motion half goes into the motion graph, its identity
half into the enrolment's constants. The average picture is the face of zero motion.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from export.face_graphs import FaceMotion, Identity, Reconstruct, Similarity
from export.face_nets import FaceNets
from export.graphs import Graph, face_graphs
from export.pack_folder import file_entry, keep_person, replaced, write_manifest
from export.static_synthesis import StaticSynthesis
from export.to_onnx import to_onnx
from reenact.identity_card import read_cards
from reenact.nets.folded_motion import FoldedMotion, fold
from reenact.nets.generator import Generator
from reenact.nets.reconstruction import Reconstruction

LICENCE = "for research and evaluation only, not commercial"
"""NVIDIA's terms bind everything that holds or was trained with its StyleGAN2."""

ATTRIBUTION = (
    "Weights of Jahoda and Cech (Pose and Facial Expression Transfer by using StyleGAN), of "
    "ReStyle, pSp or e4e, and of NVIDIA's StyleGAN2 trained on FFHQ, imported by this user."
)


def write_face_pack(nets: FaceNets, folder: Path, provenance: dict[str, Any]) -> Iterator[str]:
    """Write the pack `folder`, saying each step as it begins; its people stay.

    It takes the place of an older pack when it is whole.
    """
    synthesis = nets.generator.synthesis
    with replaced(folder) as fresh:
        for card in read_cards(folder).values():
            keep_person(card, folder, fresh)
        yield "drawing the average picture"
        average = _average_picture(nets.generator)
        yield "folding"
        motion, enrolment = _fold(nets, average, fresh)
        yield "weights for refinement"
        weights = _write_weights(nets, fresh)
        graphs = {}
        for name, net in _graph_nets(nets, motion):
            yield f"graph {name}"
            graphs[name] = _write_graph(name, net, fresh)
        write_manifest(
            fresh,
            name=folder.name,
            licence=LICENCE,
            attribution=ATTRIBUTION,
            size=synthesis.size,
            rows=synthesis.rows,
            width=synthesis.width,
            reads="face",
            graphs=graphs,
            enrolment=enrolment,
            weights=weights,
            provenance=provenance,
        )
