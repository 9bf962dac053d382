"""A training that is small enough for tests: a quick net, and a bank of 16-pixel frames."""

from pathlib import Path

from reenact.axes import AXES
from reenact.train.avatars import bank_specs
from reenact.train.frame_bank import FrameBank
from reenact.train.recipe import Recipe, Stage

TINY = Recipe(
    people=16,
    axes=AXES,
    channels_out=4,
    mixed=0.25,
    shape_rows=2,
    quick=True,
    channels=(8, 8),
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
    bank = FrameBank(bank_specs(TINY, folder)[16])
    bank.render(range(30))
    return bank
