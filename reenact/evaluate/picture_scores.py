"""How close generated pictures are to the true ones, and how sharp where it matters."""

import numpy as np

from reenact.face import landmarks as lm
from reenact.types import Image, Points

_REGIONS = {
    "eyes": [
        index
        for rows in (lm.UPPER_BROW, lm.LOWER_BROW, lm.LOWER_LID)
        for side in lm.SIDES
        for index in rows[side]
    ],
    "mouth": [*lm.UPPER_LIP, *lm.LOWER_LIP, *lm.LIP_CORNERS],
}
_ROUNDING = 1 / 12
"""Squared error of rounding to 8 bits; it caps the PSNR of equal pictures at 59 dB."""


class PictureScores:
    """Sums over pairs of pictures of one size."""

    def __init__(self) -> None:
        self._squared_errors: list[float] = []
        self._energies = {region: np.zeros(2) for region in _REGIONS}

    def add(self, made: Image, wanted: Image, landmarks: Points | None) -> None:
        """Counts a pair; landmarks (478, >=2) pixels of the wanted picture, None: error only."""
        if made.shape != wanted.shape:
            raise ValueError(f"a generated picture must be {wanted.shape}, got {made.shape}")
        difference = made.astype(np.float64) - wanted
        self._squared_errors.append(float((difference**2).mean()))
        if landmarks is None:
            return
        for region, points in _REGIONS.items():
            window = _window(landmarks[points, :2], wanted.shape[0])
            self._energies[region] += [_gradient_energy(p[window]) for p in (made, wanted)]

    @property
    def psnr_db(self) -> float:
        """Of the mean squared error over all pairs."""
        error = max(float(np.mean(self._squared_errors)), _ROUNDING)
        return float(10 * np.log10(255**2 / error))

    def sharpness(self, region: str) -> float:
        """Gradient energy of the generated over that of the true pictures in "eyes" or "mouth".

        1 is as sharp, less is blurred; 0 when no true picture showed a face.
        """
        made, wanted = self._energies[region]
        return float(made / wanted) if wanted > 0 else 0.0


def _window(points: Points, size: int) -> tuple[slice, slice]:
    margin = 0.15 * np.ptp(points[:, 0])
    low = np.clip(np.floor(points.min(axis=0) - margin), 0, size - 2).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) + margin), low + 2, size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _gradient_energy(picture: Image) -> float:
    grey = picture.astype(np.float64).mean(axis=2)
    return float((np.diff(grey, axis=0) ** 2).sum() + (np.diff(grey, axis=1) ** 2).sum())
