"""Layers of the StyleGAN2 generator, which its three published layouts name in their own ways.

All sizes are read from the tensors, so any picture size, channel count and width will do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor

from reenact.checkpoints.slots import Fixed, Shape, Slot, Tensors, keep, vote
from reenact.nets.stylegan2 import blur_kernel, w_plus_rows

PART = "generator"
_MOST_LEVELS = 12  # 8192 pixels
_MOST_LAYERS = 32  # of the mapping; the published ones have 8 or fewer


@dataclass(frozen=True, slots=True)
class GeneratorSizes:
    """Sizes of a generator; 0 where no tensor tells one."""

    channels: tuple[int, ...]
    """Feature channels at 4, 8 ... S pixels."""
    width: int
    """Numbers in a row of a code."""
    z_layers: int
    """Layers of the mapping."""

    @property
    def pixels(self) -> int:
        """Side of the picture, S."""
        return 4 << (len(self.channels) - 1)

    @property
    def rows(self) -> int:
        """Rows of a W+ code."""
        return w_plus_rows(self.pixels)


@dataclass(frozen=True, slots=True)
class Layer:
    """One modulated layer."""

    level: int
    """Level of the pyramid, of `4 << level` pixels."""
    role: str
    """Task within its level: "up", "conv" or "to_rgb"."""
    inputs: int = 0
    """Channels that it reads."""
    outputs: int = 0
    """Channels that it makes."""

    @property
    def target(self) -> str:
        """Its name in our net."""
        block = f"synthesis.blocks.{self.level - 1}" if self.level else "synthesis"
        return f"{block}.{self.role}"

    @property
    def noise_index(self) -> int:
        """Place among the layers with noise, counted from 0."""
        return 2 * self.level - (self.role == "up")

    def shapes(self, width: int) -> dict[str, Shape]:
        """Shapes of its tensors in our net, by name."""
        kernel = 1 if self.role == "to_rgb" else 3
        shapes: dict[str, Shape] = {
            "conv.weight": (self.outputs, self.inputs, kernel, kernel),
            "conv.modulation.weight": (self.inputs, width),
            "conv.modulation.bias": (self.inputs,),
            "bias": (self.outputs,),
        }
        if self.role != "to_rgb":
            side = 4 << self.level
            shapes |= {"noise_strength": (), "noise": (side, side)}
        return shapes


def _no_filters(_: GeneratorSizes) -> list[Fixed]:
    return []


def _same(_: Layer, __: str) -> Callable[[Tensor], Tensor]:
    return keep


@dataclass(frozen=True, slots=True)
class Dialect:
    """Names and shapes of the generator's tensors in one published layout."""

    name: str
    """Name of the layout, for messages."""
    constant: tuple[str, int]
    """Name of the constant picture and how many dimensions of size 1 it begins with."""
    mapping: Callable[[int, str], str]
    """Name of the `weight` or `bias` of a mapping layer."""
    source: Callable[[Layer, str], str]
    """Name of a layer's tensor, by our name within the layer."""
    shape: Callable[[Layer, str, Shape], Shape]
    """Shape of that tensor, given ours."""
    change: Callable[[Layer, str], Callable[[Tensor], Tensor]] = _same
    """Change that turns that tensor into ours, up to dimensions of size 1."""
    filters: Callable[[GeneratorSizes], list[Fixed]] = _no_filters
    """Up-sampling filters that a file of this layout may hold."""
    width_axis: int = 1
    """Axis of the modulation's weight that is as long as a code."""
    mapping_change: Callable[[Tensor], Tensor] = keep
    """Change that turns the weight of a mapping layer into ours."""


def generator_slots(dialect: Dialect, sizes: GeneratorSizes, prefix: str = "") -> list[Slot]:
    """Slots of all tensors of a generator; `prefix` is what their names begin with."""
    return [
        Slot(prefix + source, shape, PART, target, target_shape, change)
        for source, shape, target, target_shape, change in _places(dialect, sizes)
    ]


_Place = tuple[str, Shape, str, Shape, Callable[[Tensor], Tensor]]


def _places(dialect: Dialect, sizes: GeneratorSizes) -> Iterator[_Place]:
    width = sizes.width
    for index in range(sizes.z_layers):
        for name, shape in (("weight", (width, width)), ("bias", (width,))):
            change = dialect.mapping_change if name == "weight" else keep
            target = f"mapping.layers.{index}.{name}"
            yield dialect.mapping(index, name), shape, target, shape, change
    name, leading = dialect.constant
    constant = (sizes.channels[0], 4, 4)
    yield name, (1,) * leading + constant, "synthesis.constant", (1, *constant), keep
    for layer in layers(sizes):
        for name, ours in layer.shapes(width).items():
            theirs = dialect.shape(layer, name, ours)
            target = f"{layer.target}.{name}"
            yield dialect.source(layer, name), theirs, target, ours, dialect.change(layer, name)


def layers(sizes: GeneratorSizes) -> Iterator[Layer]:
    """All modulated layers, from the smallest to the largest."""
    first = sizes.channels[0]
    yield Layer(0, "conv", first, first)
    yield Layer(0, "to_rgb", first, 3)
    for level, (inputs, outputs) in enumerate(pairwise(sizes.channels), start=1):
        yield Layer(level, "up", inputs, outputs)
        yield Layer(level, "conv", outputs, outputs)
        yield Layer(level, "to_rgb", outputs, 3)


def sizes_of(dialect: Dialect, tensors: Tensors, prefix: str = "") -> GeneratorSizes:
    """Read the sizes of the generator in `tensors`; sizes that no tensor tells are 0."""
    found = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    channels: list[int] = []
    while len(channels) < _MOST_LEVELS and (size := _channels(dialect, found, len(channels))):
        channels.append(size)
    sizes = GeneratorSizes(tuple(channels) or (0,), 0, 0)
    weights = [dialect.source(layer, "conv.modulation.weight") for layer in layers(sizes)]
    return GeneratorSizes(
        channels=sizes.channels,
        width=vote(found, [(name, dialect.width_axis) for name in weights]),
        z_layers=_mapping_layers(dialect, found),
    )


def _mapping_layers(dialect: Dialect, found: Tensors) -> int:
    present = [
        index
        for index in range(_MOST_LAYERS)
        if {dialect.mapping(index, "weight"), dialect.mapping(index, "bias")} & set(found)
    ]
    return max(present, default=-1) + 1


def _channels(dialect: Dialect, found: Tensors, level: int) -> int:
    up, conv, to_rgb = (Layer(level, role) for role in ("up", "conv", "to_rgb"))
    places = [(conv, "bias"), (conv, "conv.modulation.bias"), (to_rgb, "conv.modulation.bias")]
    if level:
        places.append((up, "bias"))
    return vote(found, [(dialect.source(layer, name), 0) for layer, name in places])


def filters(sources: list[str], gain: float) -> list[Fixed]:
    """The up-sampling filter under each of its names; `gain` is by how much it sums to less."""
    return [Fixed(source, blur_kernel() / gain) for source in sources]
