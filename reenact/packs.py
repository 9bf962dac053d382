"""A pack: the folder of nets and identities that makes a reenactor; read and verified here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from engines import open_engine
from engines.base import Engine, TensorSpec
from reenact.errors import PackError
from reenact.manifest import file_in, read_manifest, take, take_count, take_name, take_specs

DEFAULT_PACK = Path(__file__).parent / "packs_data" / "avatar-256"
"""The bundled synthetic people."""

READS: dict[str, tuple[int, ...]] = {"expression": (13,), "face": (256, 256, 3)}
"""What a motion graph may read, and the shape of one."""

_GET_AGAIN = "get the pack again"

_Kind: TypeAlias = tuple[tuple[int, ...], str]  # shape of one item, dtype
_Specs: TypeAlias = tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of the pack, proven to be the one that pack.json names."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A net of the pack. precision: "fp32", "fp16" or "mixed", already decided in the file."""

    file: PackFile
    precision: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A verified pack.

    size: side of its pictures, pixels. rows, width: shape of its W+ codes.
    reads: what its motion graph reads, "expression" (13 coefficients) or "face" (256 x 256 pixels).
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
    identity_files: Mapping[str, PackFile]
    provenance: Mapping[str, Any]

    @property
    def identities(self) -> tuple[str, ...]:
        """Names, in the pack's order."""
        return tuple(self.identity_files)

    def open(self, graph: str, device: str = "auto") -> Engine:
        """Load one of the pack's nets.

        Raises PackError when the pack has no such net or the file speaks other tensors than
        pack.json says; EngineError when `device` cannot run it.
        """
        if graph not in self.graphs:
            raise PackError(
                f"pack {self.name} has no graph {graph!r}, only {', '.join(self.graphs)}"
            )
        declared = self.graphs[graph]
        engine = open_engine(declared.file.path, device)
        _check_file(self, graph, declared.inputs, tuple(engine.inputs.values()))
        _check_file(self, graph, declared.outputs, tuple(engine.outputs.values()))
        return engine


def load_pack(path: Path | None = None) -> Pack:
    """Read and verify the pack in folder `path`; the bundled one when None.

    Every file's SHA-256 is checked. Raises PackError when anything is missing, damaged, of another
    schema, or named outside the folder.
    """
    root = (DEFAULT_PACK if path is None else path).resolve()
    table = read_manifest(root)
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
        identity_files=_files(root, take(table, "identities", dict)),
        provenance=MappingProxyType(take(table, "provenance", dict)),
    )
    _check_interface(pack)
    return pack


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _graphs(root: Path, table: dict[str, Any]) -> Mapping[str, Graph]:
    graphs = {}
    for name in table:
        entry = take(table, name, dict)
        graphs[take_name(name)] = Graph(
            file=_file(root, entry),
            precision=take(entry, "precision", str),
            inputs=take_specs(take(entry, "inputs", list)),
            outputs=take_specs(take(entry, "outputs", list)),
        )
    return MappingProxyType(graphs)


def _files(root: Path, table: dict[str, Any]) -> Mapping[str, PackFile]:
    files = {take_name(name): _file(root, take(table, name, dict)) for name in table}
    return MappingProxyType(files)


def _file(root: Path, entry: dict[str, Any]) -> PackFile:
    path = file_in(root, take(entry, "file", str))
    wanted = take(entry, "sha256", str)
    try:
        found = sha256_of(path)
    except OSError as error:
        raise PackError(f"pack file {path} cannot be read ({error}); {_GET_AGAIN}") from error
    if found != wanted:
        raise PackError(
            f"pack file {path} is damaged: expected SHA-256 {wanted[:12]}..., got {found[:12]}...; "
            + _GET_AGAIN
        )
    return PackFile(path, found)


def _check_interface(pack: Pack) -> None:
    if pack.reads not in READS:
        raise PackError(
            f"pack {pack.name} reads {pack.reads!r}, this program speaks {' or '.join(READS)}; "
            "use a pack made for this version of reenact"
        )
    code = (pack.rows, pack.width)
    reads = (READS[pack.reads], "float32" if pack.reads == "expression" else "uint8")
    _check_graph(pack, "motion", reads, (code, "float32"))
    _check_graph(pack, "synthesis", (code, "float32"), ((pack.size, pack.size, 3), "uint8"))


def _check_graph(pack: Pack, name: str, source: _Kind, result: _Kind) -> None:
    if name not in pack.graphs:
        raise PackError(f"pack {pack.name} has no graph {name!r}; {_GET_AGAIN}")
    graph = pack.graphs[name]
    for specs, (shape, dtype) in ((graph.inputs, source), (graph.outputs, result)):
        if [(spec.shape, spec.dtype) for spec in specs] != [((None, *shape), dtype)]:
            raise PackError(
                f"pack {pack.name}, graph {name}: expected one tensor of {dtype} per item {shape}, "
                f"got {_words(specs)}; {_GET_AGAIN}"
            )


def _check_file(pack: Pack, name: str, declared: _Specs, found: _Specs) -> None:
    fits = len(declared) == len(found) and all(
        (want.name, want.dtype, len(want.shape)) == (got.name, got.dtype, len(got.shape))
        and all(
            None in pair or pair[0] == pair[1] for pair in zip(want.shape, got.shape, strict=True)
        )
        for want, got in zip(declared, found, strict=True)
    )
    if not fits:
        raise PackError(
            f"pack {pack.name}, graph {name}: pack.json says {_words(declared)}, the file has "
            f"{_words(found)}; {_GET_AGAIN}"
        )


def _words(specs: _Specs) -> str:
    return " and ".join(f"{spec.name}: {spec.dtype} {spec.shape}" for spec in specs) or "nothing"
