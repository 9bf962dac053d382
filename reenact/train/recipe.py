"""What a training run is made of, as plain data; the run folder keeps a copy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training at one picture size.

    rendered: pixels of the renders it reads (shrunk to `size`); frames: how many of them there are;
    pictures: how many are shown to the network before the next stage; rate: its share of the
    recipe's learning rates.
    """

    size: int
    rendered: int
    frames: int
    pictures: int
    batch: int
    rate: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train the avatar network.

    conv_rate: relative change of a convolution's weights per step (Muon); other_rate: Adam's step
    for everything else. detail: how much more the eyes and the mouth count than the background.
    """

    channels: tuple[int, ...]
    width: int
    stages: tuple[Stage, ...]
    conv_rate: float
    other_rate: float
    average_pictures: int
    detail: float
    seed: int


AVATAR_256 = Recipe(
    # 0.76 GMAC in training form; sized for two CPU cores at 25 pictures a second.
    channels=(192, 192, 160, 96, 48, 32, 16),
    width=256,
    stages=(
        Stage(size=32, rendered=64, frames=10_000, pictures=12_000, batch=16, rate=1.0),
        Stage(size=64, rendered=64, frames=10_000, pictures=20_000, batch=16, rate=1.0),
        Stage(size=128, rendered=256, frames=20_000, pictures=12_000, batch=12, rate=0.7),
        Stage(size=256, rendered=256, frames=20_000, pictures=1_000_000, batch=8, rate=0.5),
    ),
    conv_rate=0.015,
    other_rate=4e-3,
    average_pictures=3_000,
    detail=6.0,
    seed=1,
)
