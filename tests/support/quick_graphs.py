"""Writer of graphs by PyTorch's older exporter, which takes a second for a deep net instead of ten.

It is for tests of what lies round a graph. What packs are really written with is held to the nets
by the tests of `export/to_onnx.py` and of the full-size pack.
"""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from export.graphs import graph_entry
from reenact.packs.interface import GraphSpec


def write_quickly(name: str, graph: GraphSpec, module: nn.Module, folder: Path) -> dict[str, Any]:
    """Write the graph as ONNX; returns its entry of pack.json."""
    path = folder / f"{name}.onnx"
    inputs = [spec.name for spec in graph.inputs]
    examples = tuple(
        torch.zeros(2, *spec.shape[1:], dtype=getattr(torch, spec.dtype))  # type: ignore[arg-type]
        for spec in graph.inputs
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this exporter is old
        torch.onnx.export(
            module.eval(), examples, str(path), dynamo=False, opset_version=17, input_names=inputs,
            output_names=[spec.name for spec in graph.outputs],
            dynamic_axes={spec.name: {0: "batch"} for spec in (*graph.inputs, *graph.outputs)},
        )  # fmt: skip
    return graph_entry(graph, path)
