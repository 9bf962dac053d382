"""A training that is small enough for tests: eight channels, and a bank of 16-pixel frames."""

from pathlib import Path

from reenact.train.frame_bank import FrameBank
from reenact.train.recipe import Recipe, Stage

TINY = Recipe(
    channels=(8, 8, 8),
    width=16,
    stages=(
        Stage(size=8, rendered=16, frames=30, pictures=8, batch=4, rate=1.0),
        Stage(size=16, rendered=16, frames=30, pictures=8, batch=4, rate=0.5),
    ),
    conv_rate=0.02,
    other_rate=4e-3,
    average_pictures=100,
    detail=6.0,
    seed=1,
)


def render_bank(folder: Path) -> FrameBank:
    """A bank of thirty frames, all rendered."""
    bank = FrameBank(folder, size=16, capacity=30, seed=1)
    bank.render(range(30))
    return bank
