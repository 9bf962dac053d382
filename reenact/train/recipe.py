"""Recipes of training runs, as plain data; the run's folder keeps a copy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reenact.axes import AXES
from reenact.types import EXPRESSION_AXES


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

    people: int
    """The first so many of `PEOPLE` are trained."""
    axes: tuple[str, ...]
    """Axes of an expression: `AXES`, or `EXPRESSION_AXES` for the first pack."""
    channels_out: int
    """Channels of a picture: 3 with a backdrop, 4 for a cutout with straight alpha."""
    mixed: float
    """Share of frames that show the shape of one person in the colours of another."""
    shape_rows: int
    """Rows of a code, from the first, that say a person's shape; the others say the colours."""
    quick: bool
    """Whether `QuickSynthesis` draws, which convolves nothing at full size."""
    channels: tuple[int, ...]
    """Feature channels at 4, 8, 16 ... S pixels; of a quick network to S / 2."""
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
    people=12,
    axes=EXPRESSION_AXES,
    channels_out=3,
    mixed=0.0,
    shape_rows=14,
    quick=False,
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

AVATAR_256_V2 = Recipe(
    people=16,
    axes=AXES,
    channels_out=4,
    # People mixed by rows come out clean only if such codes are trained. Their truth is known where
    # the cut is one that the renderer can make too: shape from one person, colours from another.
    mixed=0.25,
    # Those of the convolutions at 4, 8 and 16 pixels, which place what is seen; from ToRGB at 16
    # pixels on the rows say its colours, so that the stage of 32 pixels learns both.
    shape_rows=5,
    # Two fifths of the first network's time: docs/avatar-net.md.
    quick=True,
    channels=(192, 192, 160, 96, 48, 32),
    width=AVATAR_256.width,
    # As many frames of the small bank, which cost minutes, as make up for twice as many axes; 6.3
    # GB of the large one.
    stages=(
        Stage(size=32, rendered=64, frames=16_000, pictures=16_000, batch=16, rate=1.0),
        Stage(size=64, rendered=64, frames=16_000, pictures=32_000, batch=16, rate=1.0),
        Stage(size=128, rendered=256, frames=24_000, pictures=16_000, batch=12, rate=0.7),
        Stage(size=256, rendered=256, frames=24_000, pictures=1_000_000, batch=8, rate=0.5),
    ),
    conv_rate=AVATAR_256.conv_rate,
    other_rate=AVATAR_256.other_rate,
    average_pictures=AVATAR_256.average_pictures,
    detail=AVATAR_256.detail,
    seed=2,
)

_FIRST_RUNS: Mapping[str, Any] = MappingProxyType(
    {"people": 12, "axes": list(EXPRESSION_AXES), "channels_out": 3, "quick": False}
)
"""What the runs of the first pack did not write down, since there was no choice."""


def read_recipe(run: Path) -> dict[str, Any]:
    """Read the recipe of the training run in folder `run`, as JSON values."""
    return {**_FIRST_RUNS, **json.loads((run / "recipe.json").read_text())}


RECIPES: Mapping[str, Recipe] = MappingProxyType({"v1": AVATAR_256, "v2": AVATAR_256_V2})
"""Recipes by the names that the command takes: that of the bundled pack, and of the next one."""
