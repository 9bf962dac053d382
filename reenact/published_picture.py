"""Comparison of a pack's picture of a published code with the picture that was published of it.

It proves what random weights cannot: that imported files draw what their authors' program draws.
"""

from dataclasses import dataclass

import numpy as np

from reenact.errors import MediaError
from reenact.packs.pack import Pack
from reenact.types import Image, Latent

RIGHT_LEVELS = 2
"""Largest difference of a right picture, of 255: one as the authors cut decimals off where we
round, and one for the order in which sums of float32 are taken."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The agreement of two pictures."""

    largest: int
    """Largest difference of a value, levels of 255."""
    share: float
    """Share of values that differ, 0 to 1."""

    @property
    def right(self) -> bool:
        """Whether both are the same picture but for rounding."""
        return self.largest <= RIGHT_LEVELS

    def describe(self) -> str:
        """Say it in one line, for a user."""
        figures = f"to {self.largest} levels of 255, {100 * self.share:.3g} % of the values differ"
        if self.right:
            return f"right {figures}"
        return f"wrong {figures}; at most {RIGHT_LEVELS} levels are rounding"


def compare_with_published(
    pack: Pack, code: Latent, published: Image, device: str = "auto"
) -> Comparison:
    """Draw `code`, (rows, width), with the pack and its fixed noise, and compare the pictures.

    published: (size, size, 3) uint8. Raises MediaError for a picture of another size, EngineError.
    """
    if published.shape != (pack.size, pack.size, 3):
        raise MediaError(
            f"the published picture must have {pack.size} x {pack.size} pixels as pack {pack.name} "
            f"draws them, got {published.shape[1]} x {published.shape[0]}; give it uncut and in "
            "its own size"
        )
    engine = pack.open("synthesis", device)
    try:
        (name,) = engine.inputs
        (drawn,) = engine(**{name: code[None]}).values()
    finally:
        engine.close()
    difference = np.abs(drawn[0].astype(np.int16) - published)
    return Comparison(int(difference.max()), float(np.mean(difference > 0)))
