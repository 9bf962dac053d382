"""Splits the files that hold an encoder, alone or with its generator, into states of our nets.

They are the paper's, ReStyle's, pSp's, e4e's, IR-SE50, and the two of LPIPS.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from reenact.checkpoints import encoder_layout
from reenact.checkpoints.encoder_layout import EncoderSizes, Shapes, backbone_sizes, head_sizes
from reenact.checkpoints.generator_layout import GeneratorSizes, generator_slots, sizes_of
from reenact.checkpoints.kinds import PARTS, Kind
from reenact.checkpoints.rosinality import ROSINALITY
from reenact.checkpoints.slots import Slot, States, Tensors, fill, vote
from reenact.errors import CheckpointError

_ENCODER, _DECODER = "encoder.", "decoder."
_TRANSFER = "mapping_net.linear_relu.0."
_WITH_HEADS: dict[Kind, tuple[int, Callable[[EncoderSizes], Shapes]]] = {
    Kind.RESTYLE_PSP: (6, encoder_layout.restyle_encoder),
    Kind.RESTYLE_E4E: (6, encoder_layout.restyle_encoder),
    Kind.PSP: (3, encoder_layout.pyramid_encoder),
    Kind.E4E: (3, encoder_layout.pyramid_encoder),
}
"""Channels that the encoder reads, and its layout, for encoders with a head for each row."""


def split_with_generator(
    path: Path, kind: Kind, state: dict[str, Tensor]
) -> tuple[States, GeneratorSizes]:
    """Make the states of an encoder and of its generator, and return the sizes of the latter.

    Raises CheckpointError unless every tensor is there and both speak codes of one size.
    """
    sizes = sizes_of(ROSINALITY, state, _DECODER)
    paper = kind is Kind.PAPER
    slots, encoder = _lay_out_paper(state, sizes) if paper else _lay_out_heads(kind, state)
    _require_same_codes(path, sizes, encoder)
    slots += generator_slots(ROSINALITY, sizes, _DECODER)
    kernels = ROSINALITY.filters(sizes)
    fixed = [replace(kernel, source=_DECODER + kernel.source) for kernel in kernels]
    return fill(path, f"a {kind} checkpoint", state, slots, fixed), sizes


def split_alone(path: Path, kind: Kind, state: dict[str, Tensor]) -> States:
    """Make the state of a file without a generator; of AlexNet, its convolutions only."""
    part = PARTS[kind][0]
    if kind is Kind.ARCFACE:
        features = vote(state, [("output_layer.3.weight", 0), ("output_layer.3.bias", 0)])
        sizes = replace(backbone_sizes(state), inputs=3, features=features)
        shapes = encoder_layout.arcface(sizes)
    elif kind is Kind.ALEXNET:
        state = {name: t for name, t in state.items() if not name.startswith("classifier.")}
        shapes = encoder_layout.alexnet_trunk()
    else:
        shapes = encoder_layout.lpips_heads()
    return fill(path, f"a {kind} checkpoint", state, _keep(shapes, part))


def _keep(shapes: Shapes, part: str, prefix: str = "", target: str = "") -> list[Slot]:
    """Slots of tensors that stay as they are and only lose a prefix."""
    return [Slot(prefix + name, s, part, target + name, s) for name, s in shapes.items()]


def _lay_out_paper(state: Tensors, generator: GeneratorSizes) -> tuple[list[Slot], EncoderSizes]:
    ends = [(f"{_ENCODER}linear.weight", 0), (f"{_ENCODER}linear.bias", 0)]
    numbers = vote(state, [*ends, (f"{_TRANSFER}weight", 0), (f"{_TRANSFER}bias", 0)])
    middle = f"{_ENCODER}output_layer_2.3"
    sizes = replace(
        backbone_sizes(state, _ENCODER),
        inputs=3,
        features=vote(state, [(f"{middle}.weight", 0), (f"{middle}.bias", 0)]),
        rows=numbers // max(generator.width, 1),
        width=generator.width,
    )
    transfer: Shapes = {"weight": (numbers, 2 * numbers), "bias": (numbers,)}
    encoder = _keep(encoder_layout.motion_encoder(sizes), "motion_encoder", _ENCODER)
    return encoder + _keep(transfer, "transfer", _TRANSFER, "linear."), sizes


def _lay_out_heads(kind: Kind, state: Tensors) -> tuple[list[Slot], EncoderSizes]:
    inputs, layout = _WITH_HEADS[kind]
    sizes = replace(head_sizes(state, _ENCODER), inputs=inputs)
    return _keep(layout(sizes), "identity_encoder", _ENCODER), sizes


def _require_same_codes(path: Path, generator: GeneratorSizes, encoder: EncoderSizes) -> None:
    ours, theirs = (generator.rows, generator.width), (encoder.rows, encoder.width)
    if ours != theirs and all(ours) and all(theirs):
        raise CheckpointError(
            f"{path} must encode into what its generator of {generator.pixels} pixels takes, "
            f"{ours[0]} rows of {ours[1]} numbers, got {theirs[0]} of {theirs[1]}; use a file "
            "whose parts were trained together"
        )
