"""Rewrites a pack with its nets in half precision, as far as they pass the parity gate.

The half-precision nets are compared with the pack's float32 nets on the CPU.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto
from torch import Tensor, nn

from engines.base import Array, Engine, TensorSpec
from engines.onnx_file import sha256_of
from export.pack_folder import keep_person, replace_pack, write_json
from export.parity import HALF, Cases, Comparison, ParityError, code_cases, install_if_equal
from export.precision import to_half
from reenact.errors import PackError
from reenact.identities.identity import load_identity
from reenact.identities.picture import find_sample_faces
from reenact.packs.identity_card import FOLDER, read_cards
from reenact.packs.interface import channels_of, declare_graphs
from reenact.packs.manifest import check_name, read_manifest
from reenact.packs.pack import Graph, Pack
from reenact.packs.pack_lock import hold_pack

_BATCH = 3
"""Items of each compared input."""

_CODES = ("synthesis", "reconstruction")
"""Graphs that read W+ codes."""


def rewrite_pack(
    pack: Pack, target: Path, *, precision: str = "fp16", force: bool = False
) -> Iterator[str]:
    """Write `pack` in half precision as the folder `target`, and yield a sentence for each graph.

    A graph that fails the gate stays as it is, and its sentence says so.
    precision: "fp16"; "fp32" is refused, because packs are imported and trained in it.
    force: replace a pack at `target`; people that only it has are kept.
    Raises PackError when no graph passes, or `target` must not be written; OSError.
    """
    _check_precision(pack, precision)
    _check_target(target, pack, force=force)
    pack.verify()
    with replace_pack(target, lambda card: card.name not in read_cards(pack.path)) as fresh:
        shutil.copytree(pack.path, fresh, dirs_exist_ok=True, ignore=_leave_people(pack))
        table = {**read_manifest(pack.path.resolve()), "name": target.name}
        known = declare_graphs(
            reads=pack.reads,
            axes=len(pack.axes),
            code=(pack.rows, pack.width),
            size=pack.size,
            channels=channels_of(pack.graphs["synthesis"]),
        )
        passed = []
        for name in (name for name in pack.graphs if name in known):
            try:
                comparisons = _rewrite_graph(pack, name, fresh, table["graphs"][name])
            except ParityError as error:
                yield f"{name}: stays fp32, {error}"
                continue
            if comparisons:
                passed.append(name)
            yield f"{name}: {_describe(comparisons)}"
        if not passed:
            raise PackError(f"no net of pack {pack.name} passes in fp16; use it as it is")
        write_json(fresh / "pack.json", table)
        with hold_pack(pack.path):
            for card in read_cards(pack.path).values():
                keep_person(card, pack.path, fresh)


def _leave_people(pack: Pack) -> Callable[[str, list[str]], set[str]]:
    """What a copy of the pack's folder leaves out: people come last, by their cards."""
    return lambda folder, names: {FOLDER} if Path(folder) == pack.path else set()


def _check_precision(pack: Pack, precision: str) -> None:
    halves = [name for name, graph in pack.graphs.items() if graph.precision != "fp32"]
    if halves:
        raise PackError(
            f"pack {pack.name} must be fp32 to be rewritten, but {', '.join(halves)} is not; "
            "give the pack that it was made of"
        )
    if precision == "fp32":
        raise PackError(f"pack {pack.name} is fp32 already; there is nothing to do")


def _check_target(target: Path, pack: Pack, *, force: bool) -> None:
    check_name(target.name)
    if target.resolve() == pack.path:
        raise PackError(f"{target} is the pack itself, which is kept; name another folder")
    if target.exists() and not (force and (target / "pack.json").is_file()):
        raise PackError(f"{target} exists already; name another folder, or add --force for a pack")


def _rewrite_graph(pack: Pack, name: str, fresh: Path, entry: dict[str, Any]) -> list[Comparison]:
    """Put the graph into `fresh` in half precision, if it passes, and change its `entry`.

    A net without anything to halve is neither compared nor changed.
    """
    graph = pack.graphs[name]
    target = fresh / entry["file"]
    candidate = target.with_name(f".{target.name}.candidate")
    to_half(graph.file.path, candidate)
    engine = pack.open(name, "cpu")
    try:
        if not _computes_in_half(candidate):
            return []
        comparisons = install_if_equal(
            candidate, target, _AsModule(engine), _cases(pack, name, graph),
            precision="fp16", backends=HALF,
        )  # fmt: skip
    finally:
        engine.close()
        candidate.unlink(missing_ok=True)
    entry.update(precision="fp16", sha256=sha256_of(target))
    return comparisons


def _computes_in_half(path: Path) -> bool:
    """Whether the file has a convolution on half-precision weights."""
    graph = onnx.load(path).graph
    halves = {
        weight.name for weight in graph.initializer if weight.data_type == TensorProto.FLOAT16
    }
    halves |= {node.output[0] for node in graph.node if _casts_to_half(node)}
    return any(halves.intersection(node.input) for node in graph.node if "Conv" in node.op_type)


def _casts_to_half(node: NodeProto) -> bool:
    return node.op_type == "Cast" and node.attribute[0].i == TensorProto.FLOAT16


class _AsModule(nn.Module):
    """An engine that is called like a module, with its inputs in order."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def forward(self, *inputs: Tensor) -> Tensor:
        arrays = (value.numpy() for value in inputs)
        (result,) = self._engine(**dict(zip(self._engine.inputs, arrays, strict=True))).values()
        return torch.from_numpy(result)


def _cases(pack: Pack, name: str, graph: Graph) -> Cases:
    if name in _CODES:
        return code_cases(graph.inputs[0].name, _codes(pack))
    return {"typical": {spec.name: _typical(spec) for spec in graph.inputs}}


def _codes(pack: Pack) -> Array:
    """Codes of the pack's people, or random ones where it has none: (N, rows, width)."""
    people = [load_identity(pack, name).latent for name in pack.identities[:_BATCH]]
    if people:
        return np.stack(people)
    rng = np.random.default_rng(0)
    return rng.standard_normal((_BATCH, pack.rows, pack.width), np.float32)


def _typical(spec: TensorSpec) -> Array:
    """Typical values of an input: faces for pixels, and numbers of a usual size for all else."""
    if spec.dtype == "uint8":
        return np.stack(find_sample_faces())
    shape = (_BATCH, *(axis or 1 for axis in spec.shape[1:]))
    return np.random.default_rng(0).standard_normal(shape, np.float32) * _SIZES.get(spec.name, 1)


_SIZES: Mapping[str, float] = {"expression": 0.5, "picture": 0.4}
"""Standard deviation of the inputs where it is far from 1."""


def _describe(comparisons: list[Comparison]) -> str:
    """The agreement of the half-precision net with the float32 one, in words."""
    if not comparisons:
        return "stays fp32, it has no convolutions"
    figures = (
        f"{comparison.inputs} in {comparison.backend} "
        + ("equal" if comparison.psnr_db is None else f"{comparison.psnr_db:.1f} dB")
        for comparison in comparisons
    )
    return "fp16, " + ", ".join(figures)
