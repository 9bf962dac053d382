"""The one declaration of the graphs that a pack may have, and of the tensors of each.

Exporters write graphs as `declare_graphs` says; a pack whose graphs do not fit it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engines.base import TensorSpec, describe_tensors
from reenact.packs.manifest import MalformedError
from reenact.types import EXPRESSION_AXES

FACE = (256, 256, 3)
"""Shape of the face that nets read: uint8 RGB in its FFHQ square."""

PICTURE = (3, 256, 256)
"""Shape of a reconstruction: float32 RGB, -1..1 and not clamped."""

EMBEDDING = 512
"""Length of the similarity net's description of a face."""

READS = ("expression", "face")
"""What a motion graph may read."""

NEEDED = ("motion", "synthesis")
"""Graphs without which there is no picture."""

_ANY_INPUT_NAME = {"motion", "synthesis"}
_ANY_OUTPUT_NAME = {"motion", "synthesis", "similarity"}
"""Graphs whose only input or output may have any name; the other tensors are known by theirs."""


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """The tensors of a graph; the first axis of each is the batch."""

    inputs: tuple[TensorSpec, ...]
    """Tensors that it takes."""
    outputs: tuple[TensorSpec, ...]
    """Tensors that it gives."""


def declare_graphs(
    *, reads: str, code: tuple[int, int], size: int, axes: int = len(EXPRESSION_AXES),
    channels: int = 3, refining: bool = True, embedding: int = EMBEDDING,
) -> dict[str, GraphSpec]:  # fmt: skip
    """Every graph that a pack of these properties may have, by name.

    reads: what `motion` reads, one of `READS`. code: (rows, width) of a W+ code. size: side of the
    pictures, pixels. axes: how many an expression has. channels: 3, or 4 for pictures with straight
    alpha. refining: `identity` sees the picture so far beside the face (ReStyle) and is run several
    times. embedding: length of the output of `similarity`.
    """
    face, compared = _tensor("face", FACE, "uint8"), _tensor("picture", PICTURE)
    source = face if reads == "face" else _tensor(reads, (axes,))
    code_in, motion, step = (_tensor(name, code) for name in ("w", "motion", "step"))
    z, w = (_tensor(name, code[1:]) for name in ("z", "w"))
    return {
        "motion": GraphSpec((source,), (motion,)),
        "synthesis": GraphSpec((code_in,), (_tensor("picture", (size, size, channels), "uint8"),)),
        "identity": GraphSpec((face, compared) if refining else (face,), (step,)),
        "reconstruction": GraphSpec((code_in,), (compared,)),
        "mapping": GraphSpec((z,), (w,)),
        "similarity": GraphSpec((face,), (_tensor("embedding", (embedding,)),)),
    }


def check_graphs(
    graphs: Mapping[str, GraphSpec], *, reads: str, axes: int, code: tuple[int, int], size: int
) -> None:
    """Raise MalformedError unless the graphs fit a pack of these properties.

    axes: how many an expression has. code: (rows, width). Graphs of unknown names are not checked.
    """
    if reads not in READS:
        raise MalformedError(
            f"reads must be {' or '.join(READS)}, got {reads!r}, which another version may know"
        )
    missing = [name for name in NEEDED if name not in graphs]
    if missing:
        raise MalformedError(f"graphs must hold {missing[0]!r}, got {', '.join(graphs) or 'none'}")
    refining = "identity" not in graphs or len(graphs["identity"].inputs) > 1
    wanted = declare_graphs(
        reads=reads,
        axes=axes,
        code=code,
        size=size,
        channels=channels_of(graphs["synthesis"]),
        refining=refining,
    )
    for name in graphs.keys() & wanted.keys():
        _check_graph(name, graphs[name], wanted[name])


def channels_of(synthesis: GraphSpec) -> int:
    """Channels of the pictures of a graph `synthesis`: 4 with alpha; 3, or what should be 3."""
    return 4 if any(spec.shape[-1:] == (4,) for spec in synthesis.outputs) else 3


def _check_graph(name: str, graph: GraphSpec, wanted: GraphSpec) -> None:
    if not (
        _fits(graph.inputs, wanted.inputs, named=name not in _ANY_INPUT_NAME)
        and _fits(graph.outputs, wanted.outputs, named=name not in _ANY_OUTPUT_NAME)
    ):
        raise MalformedError(
            f"graph {name} must take {describe_tensors(wanted.inputs)} "
            f"and give {describe_tensors(wanted.outputs)}, "
            f"got {describe_tensors(graph.inputs)} and {describe_tensors(graph.outputs)}"
        )


def _fits(specs: tuple[TensorSpec, ...], wanted: tuple[TensorSpec, ...], *, named: bool) -> bool:
    def facts(tensors: tuple[TensorSpec, ...]) -> set[tuple[str, tuple[int | None, ...], str]]:
        return {(spec.name if named else "", spec.shape, spec.dtype) for spec in tensors}

    return len(specs) == len(wanted) and facts(specs) == facts(wanted)


def _tensor(name: str, shape: tuple[int, ...], dtype: str = "float32") -> TensorSpec:
    return TensorSpec(name, (None, *shape), dtype)
