"""A pack: the folder of nets and identities that makes a reenactor; read and verified here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engines import open_engine
from engines.base import Engine, TensorSpec
from reenact.errors import PackError
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.identity_card import IdentityCard, read_cards
from reenact.packs.interface import check_graphs
from reenact.packs.manifest import (
    naming,
    read_manifest,
    take,
    take_count,
    take_file,
    take_name,
    take_specs,
)
from reenact.packs.pack_file import PackFile


@dataclass(frozen=True, slots=True)
class Graph:
    """A net of the pack. precision: "fp32", "fp16" or "mixed", already decided in the file."""

    file: PackFile
    precision: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What makes a person of photographs: constants, and how many steps the identity net takes."""

    file: PackFile
    steps: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose tables are right and whose files are there; each is verified before its use.

    size: side of its pictures, pixels. rows, width: shape of its W+ codes.
    reads: what its motion graph reads, "expression" (13 coefficients) or "face" (256 x 256 pixels).
    cards: its people by name, sorted. enrolment: None where people cannot be added. weights: of
    the generator, for refinement; lpips: of its measure of likeness; None where there are none.
    """

    path: Path
    name: str
    licence: str
    attribution: str
    size: int
    rows: int
    width: int
    reads: str
    graphs: Mapping[str, Graph]
    enrolment: Enrolment | None
    weights: PackFile | None
    lpips: PackFile | None
    cards: Mapping[str, IdentityCard]
    provenance: Mapping[str, Any]

    @property
    def identities(self) -> tuple[str, ...]:
        """Names of its people, sorted."""
        return tuple(self.cards)

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
        declared = self.graphs[graph]
        declared.file.verify()
        return open_engine(
            declared.file.path,
            device,
            precision=declared.precision,
            inputs=declared.inputs,
            outputs=declared.outputs,
        )


def load_pack(path: Path | None = None) -> Pack:
    """Read the pack in folder `path`; the bundled one when None.

    Raises PackError when anything is missing, malformed, of another schema, or named outside the
    folder. The files' content is verified when they are used, or by `Pack.verify`.
    """
    root = (DEFAULT_PACK if path is None else path).resolve()
    table = read_manifest(root)
    with naming(root / "pack.json"):
        pack = Pack(
            path=root,
            name=take_name(take(table, "name", str)),
            licence=take(table, "licence", str),
            attribution=take(table, "attribution", str),
            size=take_count(table, "size"),
            rows=take_count(table, "rows"),
            width=take_count(table, "width"),
            reads=take(table, "reads", str),
            graphs=_graphs(root, take(table, "graphs", dict)),
            enrolment=_enrolment(root, table),
            weights=_optional_file(root, table, "weights"),
            lpips=_optional_file(root, table, "lpips"),
            cards=read_cards(root),
            provenance=MappingProxyType(take(table, "provenance", dict)),
        )
        code = (pack.rows, pack.width)
        check_graphs(pack.graphs, reads=pack.reads, code=code, size=pack.size)
    return pack


def _graphs(root: Path, table: dict[str, Any]) -> Mapping[str, Graph]:
    graphs = {}
    for name in table:
        entry = take(table, name, dict)
        graphs[take_name(name)] = Graph(
            file=take_file(root, entry),
            precision=take(entry, "precision", str),
            inputs=take_specs(take(entry, "inputs", list)),
            outputs=take_specs(take(entry, "outputs", list)),
        )
    return MappingProxyType(graphs)


def _optional_file(root: Path, table: dict[str, Any], key: str) -> PackFile | None:
    return take_file(root, take(table, key, dict)) if key in table else None


def _enrolment(root: Path, table: dict[str, Any]) -> Enrolment | None:
    if "enrolment" not in table:
        return None
    entry = take(table, "enrolment", dict)
    return Enrolment(take_file(root, entry), take_count(entry, "steps"))
