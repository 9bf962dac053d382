"""Checks that checkpoints can be used together: codes of one size, and the same generator."""

from enum import Enum, auto
from itertools import pairwise

import torch
from torch import Tensor

from reenact.checkpoints.checkpoint import Checkpoint
from reenact.checkpoints.generator_layout import PART
from reenact.errors import CheckpointError


class Likeness(Enum):
    """How two trained generators are related."""

    SAME = auto()
    """They are one and the same."""
    TRAINED_ON = auto()
    """One was trained further from the other: the mapping is the same, layers are not."""
    OTHER = auto()
    """They come from two trainings."""


def require_same_codes(*checkpoints: Checkpoint) -> None:
    """Raise CheckpointError unless all that have a generator use codes of the same size."""
    with_codes = [each for each in checkpoints if each.generator is not None]
    for first, second in pairwise(with_codes):
        expected, came = _codes(first), _codes(second)
        if expected[:2] != came[:2]:
            raise CheckpointError(
                f"{second.path} must have codes of {expected[0]} rows of {expected[1]} numbers "
                f"(a generator of {expected[2]} pixels) as {first.path} has, got {came[0]} of "
                f"{came[1]} ({came[2]} pixels); use files trained on the same generator"
            )


def compare_generators(first: Checkpoint, second: Checkpoint) -> Likeness:
    """Compare every tensor of both generators, of codes of the same size.

    The training of a decoder moves its layers, but neither the mapping, which no gradient
    reaches, nor the fixed noise (`train_decoder` of pSp, e4e and ReStyle).
    """
    ours, theirs = first.states[PART], second.states[PART]
    if len(ours) != len(theirs):
        return Likeness.OTHER
    moved = [name for name in ours if not _alike(ours[name], theirs[name])]
    if not moved:
        return Likeness.SAME
    stays = [name for name in moved if name.startswith("mapping.") or name.endswith(".noise")]
    return Likeness.OTHER if stays else Likeness.TRAINED_ON


def _codes(checkpoint: Checkpoint) -> tuple[int, int, int]:
    sizes = checkpoint.generator
    assert sizes is not None
    return sizes.rows, sizes.width, sizes.pixels


def _alike(first: Tensor, second: Tensor) -> bool:
    """Whether they differ by no more than the rounding of bfloat16, in which a file may be kept."""
    return first.shape == second.shape and torch.allclose(first, second, rtol=2**-8, atol=1e-6)
