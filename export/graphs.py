"""Writes a graph of a pack as an ONNX file, with its entry of pack.json."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engines.base import TensorSpec
from export.pack_folder import file_entry
from export.to_onnx import to_onnx
from reenact.packs.interface import GraphSpec


def write_graph(
    name: str, graph: GraphSpec, module: nn.Module, folder: Path, *, halved: bool
) -> dict[str, Any]:
    """Write `module` as the file of the graph `name` in `folder`; returns its entry of pack.json.

    The module takes the graph's inputs and gives its output in their order.
    halved: large weights are stored in half precision; the arithmetic is float32 either way.
    """
    path = folder / f"{name}.onnx"
    to_onnx(
        module,
        tuple(_example(spec) for spec in graph.inputs),
        path,
        inputs=[spec.name for spec in graph.inputs],
        outputs=[spec.name for spec in graph.outputs],
        halved=halved,
    )
    return graph_entry(graph, path)


def graph_entry(graph: GraphSpec, path: Path) -> dict[str, Any]:
    """The entry of pack.json for a graph that is the float32 file `path` of the pack's folder."""
    return {
        **file_entry(path, path.parent),
        "precision": "fp32",
        "inputs": [_tensor_entry(spec) for spec in graph.inputs],
        "outputs": [_tensor_entry(spec) for spec in graph.outputs],
    }


def _tensor_entry(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "shape": list(spec.shape), "dtype": spec.dtype}


def _example(spec: TensorSpec) -> Tensor:
    """Zeros for a batch of two."""
    return torch.zeros(2, *spec.shape[1:], dtype=getattr(torch, spec.dtype))  # type: ignore[arg-type]
