"""The graphs of a pack, each declared once: its name and what goes in and out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from engines.onnx_file import sha256_of
from export.to_onnx import to_onnx
from reenact.types import EXPRESSION_AXES

FACE_SIZE = 256
"""Side of the faces that the encoders read and of the pictures they compare with, pixels."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output: name, shape of one item of the batch, dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    def spec(self) -> dict[str, Any]:
        """As pack.json has it."""
        return {"name": self.name, "shape": [None, *self.shape], "dtype": self.dtype}

    def example(self) -> Tensor:
        """Zeros for a batch of two."""
        return torch.zeros(2, *self.shape, dtype=getattr(torch, self.dtype))


@dataclass(frozen=True, slots=True)
class Declaration:
    """A graph; its module takes the inputs and gives the output in this order."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def entry(self, path: Path, precision: str) -> dict[str, Any]:
        """What pack.json says of the graph when it is the file `path`."""
        return {
            "file": path.name,
            "sha256": sha256_of(path),
            "precision": precision,
            "inputs": [port.spec() for port in self.inputs],
            "outputs": [port.spec() for port in self.outputs],
        }


def declare_graphs(
    *, rows: int, width: int, size: int, reads: Literal["expression", "face"] = "face",
    refining: bool = True, features: int = 512,
) -> dict[str, Declaration]:  # fmt: skip
    """Every graph a pack may have, by name.

    rows, width: of a W+ code. size: of the pictures, pixels. reads: what `motion` reads.
    refining: `identity` compares the face with the picture so far (ReStyle), and is run several
    times. features: length of an embedding.
    """
    face = Port("face", (FACE_SIZE, FACE_SIZE, 3), "uint8")
    expression = Port("expression", (len(EXPRESSION_AXES),), "float32")
    compared = Port("picture", (3, FACE_SIZE, FACE_SIZE), "float32")
    pixels = Port("picture", (size, size, 3), "uint8")
    code, motion, step = (Port(n, (rows, width), "float32") for n in ("w", "motion", "step"))
    z, w = (Port(name, (width,), "float32") for name in ("z", "w"))
    driver = face if reads == "face" else expression
    graphs = (
        Declaration("motion", (driver,), (motion,)),
        Declaration("synthesis", (code,), (pixels,)),
        Declaration("identity", (face, compared) if refining else (face,), (step,)),
        Declaration("reconstruction", (code,), (compared,)),
        Declaration("mapping", (z,), (w,)),
        Declaration("similarity", (face,), (Port("embedding", (features,), "float32"),)),
    )
    return {graph.name: graph for graph in graphs}


def write_graph(
    graph: Declaration, module: nn.Module, folder: Path, *, halved: bool
) -> dict[str, Any]:
    """Write `module` as the graph's ONNX file in `folder`; its entry of pack.json is returned.

    halved: large weights are stored in half precision; the arithmetic is float32 either way.
    """
    path = folder / f"{graph.name}.onnx"
    to_onnx(
        module,
        tuple(port.example() for port in graph.inputs),
        path,
        inputs=[port.name for port in graph.inputs],
        outputs=[port.name for port in graph.outputs],
        halved=halved,
    )
    return graph.entry(path, "fp32")
