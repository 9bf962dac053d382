"""The tensors that each net of a pack must speak, and the check that it says so."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from engines.base import TensorSpec
from reenact.packs.manifest import MalformedError

FACE = (256, 256, 3)
"""Shape of the face that nets read: uint8 RGB in its FFHQ square."""

PICTURE = (3, 256, 256)
"""Shape of a reconstruction: float32 RGB, -1..1 and not clamped."""

EMBEDDING = 512
"""Length of what the similarity net makes of a face."""

READS: dict[str, tuple[int, ...]] = {"expression": (13,), "face": FACE}
"""What a motion graph may read, and the shape of one."""

NEEDED = ("motion", "synthesis")
"""Graphs without which there is no picture."""

_Specs: TypeAlias = tuple[TensorSpec, ...]
_Kind: TypeAlias = tuple[tuple[int, ...], str]  # shape of one item, dtype
_Ports: TypeAlias = dict[str, _Kind]


class Declared(Protocol):
    """What a graph is said to take and give; `reenact.packs.pack.Graph` is one."""

    @property
    def inputs(self) -> _Specs: ...

    @property
    def outputs(self) -> _Specs: ...


def check_graphs(
    graphs: Mapping[str, Declared], *, reads: str, code: tuple[int, int], size: int
) -> None:
    """Refuse graphs that do not fit a pack of these properties, with a MalformedError.

    code: (rows, width). Graphs that we do not know are let be.
    """
    if reads not in READS:
        raise MalformedError(
            f"reads must be {' or '.join(READS)}, got {reads!r}, which another version may know"
        )
    missing = [name for name in NEEDED if name not in graphs]
    if missing:
        raise MalformedError(f"graphs must hold {missing[0]!r}, got {', '.join(graphs) or 'none'}")
    allowed = _interface(reads, code, size)
    for name in graphs.keys() & allowed.keys():
        _check_graph(name, graphs[name], allowed[name])


def _interface(
    reads: str, code: tuple[int, int], size: int
) -> dict[str, list[tuple[_Ports, _Ports]]]:
    """For each graph, the (inputs, outputs) it may have; "" stands for any name."""
    face, picture, w = (FACE, "uint8"), (PICTURE, "float32"), (code, "float32")
    source = face if reads == "face" else (READS[reads], "float32")
    vector = ((code[1],), "float32")
    return {
        "motion": [({"": source}, {"": w})],
        "synthesis": [({"": w}, {"": ((size, size, 3), "uint8")})],
        "identity": [
            ({"face": face, "picture": picture}, {"step": w}),
            ({"face": face}, {"step": w}),
        ],
        "reconstruction": [({"w": w}, {"picture": picture})],
        "mapping": [({"z": vector}, {"w": vector})],
        "similarity": [({"face": face}, {"": ((EMBEDDING,), "float32")})],
    }


def _check_graph(name: str, graph: Declared, allowed: list[tuple[_Ports, _Ports]]) -> None:
    if any(_fits(graph.inputs, ins) and _fits(graph.outputs, outs) for ins, outs in allowed):
        return
    inputs, outputs = allowed[0]
    raise MalformedError(
        f"graph {name} must take {_ports(inputs)} and give {_ports(outputs)}, "
        f"got {_words(graph.inputs)} and {_words(graph.outputs)}"
    )


def _fits(specs: _Specs, ports: _Ports) -> bool:
    found = {"" if "" in ports else spec.name: (spec.shape, spec.dtype) for spec in specs}
    wanted = {name: ((None, *shape), dtype) for name, (shape, dtype) in ports.items()}
    return len(specs) == len(ports) and found == wanted


def _ports(ports: _Ports) -> str:
    return " and ".join(
        f"{name or 'one tensor'}: {dtype} {(None, *shape)}"
        for name, (shape, dtype) in ports.items()
    )


def _words(specs: _Specs) -> str:
    return " and ".join(f"{spec.name}: {spec.dtype} {spec.shape}" for spec in specs) or "nothing"
