"""The networks of a photo-real pack, put together from opened checkpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from reenact.checkpoints.checkpoint import Checkpoint
from reenact.checkpoints.combination import Likeness, compare_generators, require_same_codes
from reenact.checkpoints.kinds import PARTS, Kind
from reenact.checkpoints.latent_average import SAMPLES
from reenact.errors import CheckpointError
from reenact.nets.arcface import ArcFace
from reenact.nets.assemble import assemble
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.generator import Generator
from reenact.nets.ir_se50 import channels_of
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder

State: TypeAlias = Mapping[str, Tensor]
IdentityEncoder: TypeAlias = RestyleEncoder | FpnEncoder

ENCODERS = (Kind.RESTYLE_PSP, Kind.RESTYLE_E4E, Kind.PSP, Kind.E4E)
"""Kinds of checkpoints that can find a person's W+ code, best first."""

_STEPS = 5  # of ReStyle, as in its training and its authors' inference


@dataclass(frozen=True, slots=True, eq=False)
class FaceNets:
    """The networks, ready for inference; their tensors may still lie in the memory-mapped files."""

    motion_encoder: MotionEncoder
    """The paper's encoder of the driver's face."""
    transfer: State
    """`linear.weight` and `linear.bias` of the paper's matrix M."""
    generator: Generator
    """StyleGAN2."""
    start: Tensor
    """(rows, width), code to which the identity encoder's first step is added."""
    identity_encoder: IdentityEncoder
    """The encoder that finds a person's W+ code."""
    steps: int
    """The number of times that the identity encoder is applied."""
    arcface: ArcFace | None
    """The measure of likeness; None where its file was not given."""
    lpips: State | None
    """The state of `Lpips`; None where its two files were not given."""


def build_face_nets(checkpoints: Sequence[Checkpoint]) -> tuple[FaceNets, list[str]]:
    """The networks of these files, and sentences for the user.

    Raises CheckpointError when a network is missing, or they do not fit together.
    """
    by_kind = _by_kind(checkpoints)
    paper, encoder = _require_paper_and_encoder(by_kind)
    generator, notes = _generator(by_kind, paper, encoder)
    average = generator.latent_avg
    sizes = generator.synthesis.rows, generator.synthesis.width
    nets = FaceNets(
        motion_encoder=_motion_encoder(paper.states["motion_encoder"], *sizes),
        transfer=paper.states["transfer"],
        generator=generator,
        start=average if encoder.starts_at_average else torch.zeros_like(average),
        identity_encoder=_identity_encoder(encoder, *sizes),
        steps=_STEPS if encoder.kind in (Kind.RESTYLE_PSP, Kind.RESTYLE_E4E) else 1,
        arcface=_arcface(by_kind),
        lpips=_lpips(by_kind),
    )
    return nets, notes


def _by_kind(checkpoints: Sequence[Checkpoint]) -> dict[Kind, Checkpoint]:
    by_kind: dict[Kind, Checkpoint] = {}
    for checkpoint in checkpoints:
        if checkpoint.kind in by_kind:
            raise CheckpointError(
                f"{by_kind[checkpoint.kind].path} and {checkpoint.path} are both "
                f"{checkpoint.kind} checkpoints; give one of them"
            )
        by_kind[checkpoint.kind] = checkpoint
    return by_kind


def _require_paper_and_encoder(by_kind: Mapping[Kind, Checkpoint]) -> tuple[Checkpoint, Checkpoint]:
    encoders = [by_kind[kind] for kind in ENCODERS if kind in by_kind]
    if Kind.PAPER not in by_kind or not encoders:
        missing = "best_model.pt" if Kind.PAPER not in by_kind else "restyle_psp_ffhq_encode.pt"
        raise CheckpointError(
            "a photo-real pack needs the paper's model and an encoder of identities, got "
            f"{', '.join(by_kind) or 'nothing'}; add {missing}, see: reenact models list"
        )
    if len(encoders) > 1:
        raise CheckpointError(
            f"one encoder of identities is needed, got {', '.join(c.kind for c in encoders)}; "
            f"leave out all but one, best {encoders[0].kind}"
        )
    return by_kind[Kind.PAPER], encoders[0]


def _generator(
    by_kind: Mapping[Kind, Checkpoint], paper: Checkpoint, encoder: Checkpoint
) -> tuple[Generator, list[str]]:
    """The generator that the paper's encoder was trained with, unless another is given on purpose.

    The paper's file has no average code. The identity encoder's is taken, where its search starts.
    """
    given = [each for kind, each in by_kind.items() if PARTS[kind] == ("generator",)]
    if len(given) > 1:
        raise CheckpointError(f"one generator is enough, got {given[0].path} and {given[1].path}")
    require_same_codes(paper, encoder, *given)
    source = given[0] if given else paper
    state = {**source.states["generator"], "latent_avg": encoder.find_average()}
    notes = [*(note for each in (encoder, *given) for note in each.notes), *_note_encoder(encoder)]
    for other in (encoder, *given):
        notes += _note_generator(paper, other)
    return Generator.like(state, clamp=source.conv_clamp), notes


def _note_encoder(encoder: Checkpoint) -> list[str]:
    """Sentences on an encoder that is not what the paper's network was trained with."""
    notes = []
    if encoder.average is None:
        notes.append(
            f"{encoder.path.name} has no average code, so it was computed from {SAMPLES} random "
            "ones"
        )
    if not encoder.starts_at_average:
        notes.append(
            f"the encoder in {encoder.path.name} was trained to start from zero and not from the "
            "average code, and is used so"
        )
    if encoder.kind is not Kind.RESTYLE_PSP:
        notes.append(
            f"the paper's network was trained on codes of {Kind.RESTYLE_PSP} alone, and those of "
            f"{encoder.kind} in {encoder.path.name} are others, so people may come out less alike; "
            "restyle_psp_ffhq_encode.pt is the encoder it expects"
        )
    return notes


def _note_generator(paper: Checkpoint, other: Checkpoint) -> list[str]:
    """A sentence on a generator that is not the one in the paper's file."""
    likeness = compare_generators(paper, other)
    if likeness is Likeness.SAME:
        return []
    if likeness is Likeness.OTHER:
        return [
            f"the generator in {other.path.name} is another than the one that {paper.path.name} "
            "was trained with, so faces may come out wrong"
        ]
    return [
        f"the generators in {paper.path.name} and {other.path.name} have a common origin, but one "
        "was trained further, so codes that one makes of a face do not draw quite that face with "
        "the other"
    ]


def _motion_encoder(state: State, rows: int, width: int) -> MotionEncoder:
    features, channels = state["output_layer_2.3.weight"].shape[0], channels_of(state)
    return assemble(lambda: MotionEncoder(rows, width, features=features, channels=channels), state)


def _identity_encoder(checkpoint: Checkpoint, rows: int, width: int) -> IdentityEncoder:
    state, kind = checkpoint.states["identity_encoder"], checkpoint.kind
    channels = channels_of(state)
    if kind in (Kind.PSP, Kind.E4E):
        editing = kind is Kind.E4E
        return assemble(lambda: FpnEncoder(rows, width, editing=editing, channels=channels), state)
    progressive = kind is Kind.RESTYLE_E4E
    return assemble(
        lambda: RestyleEncoder(rows, width, progressive=progressive, channels=channels), state
    )


def _arcface(by_kind: Mapping[Kind, Checkpoint]) -> ArcFace | None:
    if Kind.ARCFACE not in by_kind:
        return None
    state = by_kind[Kind.ARCFACE].states["arcface"]
    features, channels = state["output_layer.3.weight"].shape[0], channels_of(state)
    return assemble(lambda: ArcFace(features=features, channels=channels), state)


def _lpips(by_kind: Mapping[Kind, Checkpoint]) -> State | None:
    states = [by_kind[kind].states for kind in (Kind.ALEXNET, Kind.LPIPS) if kind in by_kind]
    if len(states) == 1:
        raise CheckpointError(
            "LPIPS needs both its files, AlexNet and the heads alex.pth, got one; give both or none"
        )
    return {**states[0]["lpips_trunk"], **states[1]["lpips_heads"]} if states else None
