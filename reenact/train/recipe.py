"""Recipes of training runs, as plain data; the run's folder keeps a copy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training at one picture size."""

    size: int
    """Side of the generated pictures in pixels."""
    rendered: int
    """Side of the renders that it reads in pixels; they are shrunk to `size`."""
    frames: int
    """Number of different renders."""
    pictures: int
    """Number of pictures that are shown to the network before the next stage."""
    batch: int
    """Pictures of one step."""
    rate: float
    """Share of the recipe's learning rates."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All numbers of one training of the avatar network."""

    channels: tuple[int, ...]
    """Feature channels at 4, 8, 16 ... S pixels."""
    width: int
    """Numbers in a row of a W+ code."""
    stages: tuple[Stage, ...]
    """Stages in their order; the last one lasts until the run is stopped."""
    conv_rate: float
    """Relative change of a convolution's weights in a step of Muon."""
    other_rate: float
    """Step of Adam, for all other weights."""
    average_pictures: int
    """Horizon of the running average of the weights, in pictures."""
    detail: float
    """Weight of the eyes and the mouth in the loss, beyond the 1 of the background."""
    seed: int
    """Seed of the network's first weights and of all frames."""


AVATAR_256 = Recipe(
    # 0.76 GMAC in training form; sized for two CPU cores at 25 pictures a second.
    channels=(192, 192, 160, 96, 48, 32, 16),
    width=256,
    # A picture of 32 pixels costs less than a third of one of 256, so the early stages learn who is
    # who and how faces move at little cost, and the last one learns the detail. Two stages share a
    # bank of renders; the banks take 0.1 and 3.9 GB. Batches shrink as a picture's cost grows, and
    # the rates with them.
    stages=(
        Stage(size=32, rendered=64, frames=10_000, pictures=12_000, batch=16, rate=1.0),
        Stage(size=64, rendered=64, frames=10_000, pictures=20_000, batch=16, rate=1.0),
        Stage(size=128, rendered=256, frames=20_000, pictures=12_000, batch=12, rate=0.7),
        Stage(size=256, rendered=256, frames=20_000, pictures=1_000_000, batch=8, rate=0.5),
    ),
    conv_rate=0.015,
    other_rate=4e-3,
    # About 400 steps of the last stage, so that the noise of its batches averages out.
    average_pictures=3_000,
    # The bumps on eyes and mouth cover a tenth of the picture; this makes them over a third of the
    # loss.
    detail=6.0,
    seed=1,
)
