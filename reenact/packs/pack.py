"""A pack, the folder of nets and identities that makes a reenactor: loaded and verified.

The format: docs/pack.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engines import open_engine
from engines.base import Engine
from engines.onnx_file import LARGEST, OnnxFile
from reenact.axes import AXES
from reenact.errors import PackError
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.identity_card import IdentityCard, read_cards
from reenact.packs.interface import GraphSpec, check_graphs
from reenact.packs.manifest import (
    MalformedError,
    PackFile,
    blame,
    check_name,
    read_count,
    read_file,
    read_manifest,
    read_name,
    read_object,
    read_specs,
    read_text,
    read_texts,
)
from reenact.packs.pack_lock import recover_pack
from reenact.types import EXPRESSION_AXES


@dataclass(frozen=True, slots=True)
class Graph(GraphSpec):
    """A net of the pack."""

    file: PackFile
    """Its ONNX file."""
    precision: str
    """"fp32", "fp16" or "mixed": already decided in the file."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The means to make a person of photographs, beside the graph `identity`."""

    file: PackFile
    """Safetensors: see `identities.constants`."""
    steps: int
    """How many times the identity net corrects the code."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose tables are right and whose files are there; each is verified before its use."""

    path: Path
    """Its folder, absolute."""
    name: str
    """Its name, fit for a file."""
    licence: str
    """SPDX expression or sentence on what may be done with it."""
    attribution: str
    """Sentence on whose work it is."""
    size: int
    """Side of its pictures, pixels."""
    rows: int
    """Rows of its W+ codes."""
    width: int
    """Width of its W+ codes."""
    reads: str
    """What its motion graph reads: "expression" (coefficients) or "face" (256 x 256 pixels)."""
    axes: tuple[str, ...]
    """The axes of the expression that its motion graph reads, in order; none where it reads
    faces."""
    graphs: Mapping[str, Graph]
    """Its nets by name."""
    enrolment: Enrolment | None
    """Constants of enrolment; None where no people can be added."""
    weights: PackFile | None
    """Weights of the generator in PyTorch, for refinement; None where there are none."""
    lpips: PackFile | None
    """Weights of the perceptual distance, for refinement; None where there are none."""
    cards: Mapping[str, IdentityCard]
    """Its people by name, sorted."""
    provenance: Mapping[str, Any]
    """JSON facts of how it was made, such as hashes of its sources."""

    @property
    def identities(self) -> tuple[str, ...]:
        """Names of its people, sorted."""
        return tuple(self.cards)

    @property
    def as_dlib(self) -> bool:
        """Whether its motion graph reads the square of dlib's points, as all that read faces do:
        with these points it was trained."""
        return self.reads == "face"

    @property
    def files(self) -> tuple[PackFile, ...]:
        """Every file that the pack names."""
        found = [graph.file for graph in self.graphs.values()]
        if self.enrolment is not None:
            found.append(self.enrolment.file)
        found += [file for file in (self.weights, self.lpips) if file is not None]
        return (*found, *(file for card in self.cards.values() for file in card.files))

    def verify(self) -> None:
        """Read every file of the pack. Raises PackError unless all have their hashes."""
        for file in self.files:
            file.verify()

    def open(self, graph: str, device: str = "auto") -> Engine:
        """Verify and load one of the pack's nets.

        device: one of `engines.DEVICES`. Raises PackError when the pack has no such net or its file
        is damaged; EngineError when it speaks other tensors than pack.json says, or `device` cannot
        run it.
        """
        if graph not in self.graphs:
            raise PackError(
                f"pack {self.name} has no graph {graph!r}, only {', '.join(self.graphs)}"
            )
        net = self.graphs[graph]
        return open_engine(
            OnnxFile(net.file.path.name, net.file.read(LARGEST)),
            device, precision=net.precision, inputs=net.inputs, outputs=net.outputs,
        )  # fmt: skip


def load_pack(path: Path | None = None) -> Pack:
    """Read the pack in folder `path`; the bundled one when None.

    Raises PackError when anything is missing, malformed, of another schema, or named outside the
    folder. The files' content is verified when they are used, or by `Pack.verify`.
    """
    root = (DEFAULT_PACK if path is None else path).resolve()
    recover_pack(root)
    table = read_manifest(root)
    with blame(root / "pack.json"):
        pack = Pack(
            path=root,
            name=read_name(table),
            licence=read_text(table, "licence"),
            attribution=read_text(table, "attribution"),
            size=read_count(table, "size"),
            rows=read_count(table, "rows"),
            width=read_count(table, "width"),
            reads=read_text(table, "reads"),
            axes=_read_axes(table),
            graphs=_read_graphs(root, read_object(table, "graphs")),
            enrolment=_read_enrolment(root, table),
            weights=_read_optional_file(root, table, "weights"),
            lpips=_read_optional_file(root, table, "lpips"),
            cards=read_cards(root),
            provenance=MappingProxyType(read_object(table, "provenance")),
        )
        code = (pack.rows, pack.width)
        axes = len(pack.axes)
        check_graphs(pack.graphs, reads=pack.reads, axes=axes, code=code, size=pack.size)
    return pack


def _read_axes(table: dict[str, Any]) -> tuple[str, ...]:
    """The axes that the table lists; the old thirteen where it lists none."""
    if table.get("reads") != "expression":
        return ()
    if "axes" not in table:
        return EXPRESSION_AXES
    axes = read_texts(table, "axes")
    if not axes or len(set(axes)) < len(axes) or not set(axes) <= set(AXES):
        strange = sorted({axis for axis in axes if axis not in AXES or axes.count(axis) > 1})
        raise MalformedError(
            f"axes must be some of {', '.join(AXES)}, each once, got {', '.join(strange) or 'none'}"
        )
    return axes


def _read_graphs(root: Path, table: dict[str, Any]) -> Mapping[str, Graph]:
    graphs = {}
    for name in table:
        check_name(name)
        entry = read_object(table, name)
        graphs[name] = Graph(
            file=read_file(root, entry),
            precision=read_text(entry, "precision"),
            inputs=read_specs(entry, "inputs"),
            outputs=read_specs(entry, "outputs"),
        )
    return MappingProxyType(graphs)


def _read_optional_file(root: Path, table: dict[str, Any], key: str) -> PackFile | None:
    return read_file(root, read_object(table, key)) if key in table else None


def _read_enrolment(root: Path, table: dict[str, Any]) -> Enrolment | None:
    if "enrolment" not in table:
        return None
    entry = read_object(table, "enrolment")
    return Enrolment(read_file(root, entry), read_count(entry, "steps"))
