"""Nets for `reenact bench --graph`: a graph of a pack, or one of full size with random weights.

Weights do not change how long a net takes, so a machine's speed can be known without any pack.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from engines.base import Array, EngineError, TensorSpec
from export.face_graphs import FromPixels, Refinement
from export.graphs import write_graph
from export.precision import to_half
from export.static_kernels import UpForm
from export.static_synthesis import StaticSynthesis
from reenact.errors import PackError
from reenact.nets.folded_motion import FoldedMotion
from reenact.nets.generator import Mapping as MappingNet
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import Synthesis, w_plus_rows
from reenact.packs.interface import GraphSpec, declare_graphs
from reenact.packs.pack import Pack

WIDTH = 512
_MOST_CHANNELS = 512


class Subject(Protocol):
    """A net to be run by many backends, all on the same inputs."""

    @property
    def name(self) -> str:
        """The net's name in the report."""
        ...

    def file(self, up: UpForm, precision: str) -> Path:
        """The net's ONNX file. Raises EngineError when it cannot be made in that precision."""
        ...

    def module(self) -> nn.Module:
        """The net in torch as it was trained. Raises EngineError when there is none."""
        ...

    def inputs(self, batch: int) -> dict[str, Array]:
        """The inputs of a call, always the same ones."""
        ...


def channels_of(size: int) -> list[int]:
    """Channels of StyleGAN2's configuration F at 4, 8, 16 ... `size` pixels."""
    levels = (4 << level for level in range(int(np.log2(size)) - 1))
    return [min(32768 // level, _MOST_CHANNELS) for level in levels]


class EagerSynthesis(nn.Module):
    """The network as it is trained: W+ (N, rows, width) -> pixels (N, S, S, 3) uint8."""

    def __init__(self, net: Synthesis) -> None:
        super().__init__()
        self.net = net

    def forward(self, w: Tensor) -> Tensor:
        picture: Tensor = self.net(w)
        pixels = torch.round(torch.clamp(picture * 127.5 + 127.5, 0.0, 255.0))
        return pixels.to(torch.uint8).permute(0, 2, 3, 1)


@dataclass(slots=True)
class RandomSynthesis:
    """A generator with random weights."""

    size: int
    """Side of its pictures, pixels."""
    folder: Path
    """The folder of its files."""
    channels: list[int] = field(default_factory=list)
    """Channels at 4, 8 ... `size` pixels; empty for those of configuration F."""
    width: int = WIDTH
    """Length of a row of its W+ codes."""
    _net: Synthesis = field(init=False)
    """The generator."""

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self._net = Synthesis(self.channels or channels_of(self.size), self.width)

    @property
    def name(self) -> str:
        return f"synthesis {self.size}"

    def file(self, up: UpForm, precision: str) -> Path:
        graph, folder = self._declare(), self.folder / f"{self.size}-{up}"

        def make() -> nn.Module:
            return StaticSynthesis(self._net, up)

        return _write_once("synthesis", graph, make, folder, precision)

    def module(self) -> nn.Module:
        return EagerSynthesis(self._net)

    def inputs(self, batch: int) -> dict[str, Array]:
        return random_inputs(self._declare().inputs, batch)

    def _declare(self) -> GraphSpec:
        code = (self._net.rows, self.width)
        return declare_graphs(reads="face", code=code, size=self.size)["synthesis"]


_ENCODERS: Mapping[str, Callable[[int], nn.Module]] = {
    "motion": lambda rows: FromPixels(FoldedMotion(rows, WIDTH)),
    "identity": lambda rows: Refinement(RestyleEncoder(rows, WIDTH)),
    "mapping": lambda rows: MappingNet(WIDTH),
}


@dataclass(slots=True)
class RandomEncoder:
    """Another graph of a photo-real pack with random weights."""

    graph: str
    """The graph's name, one of `_ENCODERS`."""
    size: int
    """Side of the pack's pictures, pixels."""
    folder: Path
    """The folder of its files."""
    _module: nn.Module = field(init=False)
    """The net."""

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self._module = _ENCODERS[self.graph](w_plus_rows(self.size)).eval()

    @property
    def name(self) -> str:
        return f"{self.graph} {self.size}"

    def file(self, up: UpForm, precision: str) -> Path:
        folder = self.folder / f"{self.graph}-{self.size}"
        return _write_once(self.graph, self._declare(), self.module, folder, precision)

    def module(self) -> nn.Module:
        return self._module

    def inputs(self, batch: int) -> dict[str, Array]:
        return random_inputs(self._declare().inputs, batch)

    def _declare(self) -> GraphSpec:
        code = (w_plus_rows(self.size), WIDTH)
        return declare_graphs(reads="face", code=code, size=self.size)[self.graph]


@dataclass(frozen=True, slots=True)
class PackGraph:
    """A graph of a pack, as it is in its file."""

    pack: Pack
    """The pack."""
    graph: str
    """The graph's name."""
    folder: Path
    """The folder for the half-precision file, where the pack has none."""

    @property
    def name(self) -> str:
        return f"{self.graph} of {self.pack.name}"

    def file(self, up: UpForm, precision: str) -> Path:
        graph = self.pack.graphs[self.graph]
        graph.file.verify()
        if precision == graph.precision:
            return graph.file.path
        if graph.precision != "fp32":
            raise EngineError(f"{self.name} is {graph.precision}, so there is no {precision} of it")
        half = self.folder / graph.file.path.name
        if not half.exists():
            to_half(graph.file.path, half)
        return half

    def module(self) -> nn.Module:
        raise EngineError("a pack has no torch modules; compare with --random-weights")

    def inputs(self, batch: int) -> dict[str, Array]:
        return random_inputs(self.pack.graphs[self.graph].inputs, batch)


def choose_subjects(
    graph: str, *, pack: Pack | None, sizes: Sequence[int], folder: Path
) -> list[Callable[[], Subject]]:
    """Makers of the nets to measure: `graph` of `pack`, or one with random weights per size.

    folder: where their files go. Raises PackError when the pack has no such graph.
    """
    if pack is None:
        return [partial(random_subject, graph, size, folder) for size in sizes]
    if graph not in pack.graphs:
        raise PackError(
            f"pack {pack.name} has no graph {graph!r}, only {', '.join(pack.graphs)}; "
            "add --random-weights to measure one of full size"
        )
    return [partial(PackGraph, pack, graph, folder)]


def random_subject(graph: str, size: int, folder: Path) -> Subject:
    """The graph of a pack of `size` pixels, with random weights. Raises ValueError for others."""
    if size < 8 or size & (size - 1):
        raise ValueError(f"--sizes must be powers of 2 from 8, got {size}")
    if graph == "synthesis":
        return RandomSynthesis(size, folder)
    if graph not in _ENCODERS:
        known = ", ".join(("synthesis", *_ENCODERS))
        raise ValueError(f"--random-weights makes {known}; got --graph {graph}")
    return RandomEncoder(graph, size, folder)


def _write_once(
    name: str, graph: GraphSpec, make: Callable[[], nn.Module], folder: Path, precision: str
) -> Path:
    """The ONNX file of the graph in `folder`, which is written at the first call."""
    if not folder.exists():
        folder.mkdir()
        write_graph(name, graph, make(), folder, halved=False)
    path = folder / f"{name}.onnx"
    if precision == "fp32":
        return path
    half = path.with_suffix(".fp16.onnx")
    if not half.exists():
        to_half(path, half)
    return half


def random_inputs(specs: Sequence[TensorSpec], batch: int) -> dict[str, Array]:
    """Random values for these inputs, by name, the same ones at each call."""
    return {spec.name: _random_tensor(spec, batch) for spec in specs}


def _random_tensor(spec: TensorSpec, batch: int) -> Array:
    rng, shape = np.random.default_rng(0), [batch if axis is None else axis for axis in spec.shape]
    if spec.dtype == "uint8":
        return rng.integers(0, 256, shape, np.uint8)
    return rng.standard_normal(shape, np.float32).astype(spec.dtype)
