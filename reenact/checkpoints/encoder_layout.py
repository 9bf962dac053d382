"""Names and shapes of the published encoders' tensors, which our nets keep.

They are IR-SE50 and what pSp, e4e, ReStyle and the paper build on it. Sizes are read from the
tensors.
"""

from dataclasses import dataclass
from itertools import pairwise

from reenact.checkpoints.slots import COUNTER, Shape, Tensors, count, vote

Shapes = dict[str, Shape]

_UNITS = (3, 4, 14, 3)  # units of each of the four stages
_FIRST_UNITS = (0, 3, 7, 21)  # the first unit of each stage
_POOLED = 7 * 7  # pixels of the map before a linear layer
_CONVS = 4  # halvings from 16 pixels down to one


@dataclass(frozen=True, slots=True)
class EncoderSizes:
    """Sizes of an encoder; 0 where it has no such part."""

    inputs: int
    """Channels of the picture that it reads."""
    channels: tuple[int, ...]
    """Channels of the backbone's stem and four stages."""
    features: int = 0
    """Numbers in the feature vector before the last layer."""
    rows: int = 0
    """Rows of a W+ code."""
    width: int = 0
    """Numbers in a row of a code."""


def backbone_sizes(tensors: Tensors, prefix: str = "") -> EncoderSizes:
    """The sizes of the IR-SE50 whose names begin with `prefix`."""
    stem = f"{prefix}input_layer"
    channels = [vote(tensors, [(f"{stem}.{index}.weight", 0) for index in range(3)])]
    for unit in _FIRST_UNITS:
        name = f"{prefix}body.{unit}.res_layer"
        channels.append(vote(tensors, [(f"{name}.{index}.weight", 0) for index in (1, 2, 3, 4)]))
    return EncoderSizes(vote(tensors, [(f"{stem}.0.weight", 1)]), tuple(channels))


def head_sizes(tensors: Tensors, prefix: str = "") -> EncoderSizes:
    """The sizes of an encoder with one head for each row of the code."""
    rows = count(tensors, f"{prefix}styles.{{}}.")
    places = [(f"{prefix}styles.{row}.linear.weight", 0) for row in range(rows)]
    backbone = backbone_sizes(tensors, prefix)
    return EncoderSizes(backbone.inputs, backbone.channels, 0, rows, vote(tensors, places))


def backbone(sizes: EncoderSizes) -> Shapes:
    """IR-SE50 without a head."""
    stem = sizes.channels[0]
    shapes: Shapes = {"input_layer.0.weight": (stem, sizes.inputs, 3, 3)}
    shapes |= _norm("input_layer.1", stem) | {"input_layer.2.weight": (stem,)}
    index = 0
    for (inputs, outputs), units in zip(pairwise(sizes.channels), _UNITS, strict=True):
        for unit in range(units):
            shapes |= _unit(f"body.{index}", outputs if unit else inputs, outputs)
            index += 1
    return shapes


def _unit(name: str, inputs: int, outputs: int) -> Shapes:
    squeezed = max(outputs // 16, 1)
    shapes = _norm(f"{name}.res_layer.0", inputs)
    shapes[f"{name}.res_layer.1.weight"] = (outputs, inputs, 3, 3)
    shapes[f"{name}.res_layer.2.weight"] = (outputs,)
    shapes[f"{name}.res_layer.3.weight"] = (outputs, outputs, 3, 3)
    shapes |= _norm(f"{name}.res_layer.4", outputs)
    shapes[f"{name}.res_layer.5.fc1.weight"] = (squeezed, outputs, 1, 1)
    shapes[f"{name}.res_layer.5.fc2.weight"] = (outputs, squeezed, 1, 1)
    if inputs != outputs:
        shapes[f"{name}.shortcut_layer.0.weight"] = (outputs, inputs, 1, 1)
        shapes |= _norm(f"{name}.shortcut_layer.1", outputs)
    return shapes


def _norm(name: str, channels: int) -> Shapes:
    numbers = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{number}": (channels,) for number in numbers} | {f"{name}.{COUNTER}": ()}


def _linear(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def motion_encoder(sizes: EncoderSizes) -> Shapes:
    """E_m of the paper: IR-SE50, pooled to 7 x 7, and two linear layers."""
    last, features = sizes.channels[-1], sizes.features
    shapes = backbone(sizes) | _norm("output_layer_2.0", last)
    shapes |= _linear("output_layer_2.3", last * _POOLED, features)
    return shapes | _linear("linear", features, sizes.rows * sizes.width)


def restyle_encoder(sizes: EncoderSizes) -> Shapes:
    """ReStyle's: IR-SE50 on six channels, every head on its last map."""
    return backbone(sizes) | _heads(sizes, [_CONVS] * sizes.rows)


def pyramid_encoder(sizes: EncoderSizes) -> Shapes:
    """pSp's and e4e's: rows 0 to 2 on 16 pixels, 3 to 6 on 32 and the others on 64."""
    shapes: Shapes = {}
    last = sizes.channels[-1]
    for name, inputs in (("latlayer1", sizes.channels[-2]), ("latlayer2", sizes.channels[-3])):
        shapes |= {f"{name}.weight": (last, inputs, 1, 1), f"{name}.bias": (last,)}
    convs = [_CONVS + (row >= 3) + (row >= 7) for row in range(sizes.rows)]
    return backbone(sizes) | shapes | _heads(sizes, convs)


def _heads(sizes: EncoderSizes, convs: list[int]) -> Shapes:
    shapes: Shapes = {}
    width = sizes.width
    for row, number in enumerate(convs):
        for conv in range(number):
            inputs = width if conv else sizes.channels[-1]
            name = f"styles.{row}.convs.{2 * conv}"
            shapes |= {f"{name}.weight": (width, inputs, 3, 3), f"{name}.bias": (width,)}
        shapes |= _linear(f"styles.{row}.linear", width, width)
    return shapes


def arcface(sizes: EncoderSizes) -> Shapes:
    """IR-SE50 with the head of ArcFace."""
    shapes = backbone(sizes) | _norm("output_layer.0", sizes.channels[-1])
    shapes |= _linear("output_layer.3", sizes.channels[-1] * _POOLED, sizes.features)
    return shapes | _norm("output_layer.4", sizes.features)


def alexnet_trunk() -> Shapes:
    """The convolutions of torchvision's AlexNet: module, outputs, inputs, kernel."""
    rows = ((0, 64, 3, 11), (3, 192, 64, 5), (6, 384, 192, 3), (8, 256, 384, 3), (10, 256, 256, 3))
    shapes: Shapes = {}
    for module, outputs, inputs, kernel in rows:
        shapes[f"features.{module}.weight"] = (outputs, inputs, kernel, kernel)
        shapes[f"features.{module}.bias"] = (outputs,)
    return shapes


def lpips_heads() -> Shapes:
    """The five linear heads of LPIPS 0.1 on AlexNet."""
    channels = (64, 192, 384, 256, 256)
    return {f"lin{tap}.model.1.weight": (1, c, 1, 1) for tap, c in enumerate(channels)}
