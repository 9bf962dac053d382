"""Checks that checkpoints can be used together: codes of one size, and the same generator."""

from itertools import pairwise

import torch
from torch import Tensor

from reenact.checkpoints.checkpoint import Checkpoint
from reenact.checkpoints.generator_layout import PART
from reenact.errors import CheckpointError

_TELLING = ("mapping.layers.0.weight", "synthesis.conv.noise")
"""Tensors that two different trainings never share."""


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


def same_generator(first: Checkpoint, second: Checkpoint) -> bool:
    """Whether both hold the same trained generator, judged by two telling tensors."""
    ours, theirs = first.states[PART], second.states[PART]
    return all(_alike(ours[name], theirs[name]) for name in _TELLING)


def _codes(checkpoint: Checkpoint) -> tuple[int, int, int]:
    sizes = checkpoint.generator
    assert sizes is not None
    return sizes.rows, sizes.width, sizes.pixels


def _alike(first: Tensor, second: Tensor) -> bool:
    return first.shape == second.shape and torch.allclose(first, second, rtol=1e-3, atol=1e-5)
