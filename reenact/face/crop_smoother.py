"""Crop smoother: calms the square that is cut out of each frame of a stream."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reenact.face.geometry import Square
from reenact.smooth import OneEuro


class CropSmoother:
    """Calms the crop's square on a still face and lets it go along with a moving one.

    It trails a still face by 0.1 s, and one that moves by 1.5 crop sides a second by 7 ms.
    """

    def __init__(self) -> None:
        # Centre (in sides of the first square), cosine, sine, log of side: all of order one. The
        # constants were chosen by hand: the crop of a still face must move less than its landmarks
        # and that of a quick turn must not trail (tests/reenact/face/test_align.py).
        self._filter = OneEuro(cutoff_hz=1.5, beta=16.0, quiet=0.15, fast=1.5)
        self._unit: npt.NDArray[np.float64] | None = None

    def smooth(self, square: Square, time: float) -> Square:
        x, y, angle, side = square
        if self._unit is None:
            self._unit = np.full(3, side)
        across, down, length = self._unit
        turn = [math.cos(angle), math.sin(angle)]
        values = np.array([x / across, y / down, *turn, math.log(side / length)])
        x, y, cosine, sine, log_side = self._filter.smooth(values, time)
        angle = math.atan2(sine, cosine)
        return np.array([x * across, y * down, angle, length * math.exp(log_side)])

    def rescale(self, across: float, down: float) -> None:
        """Continue in frames that are so many times wider and higher than those before."""
        if self._unit is not None:
            self._unit = self._unit * [across, down, math.sqrt(across * down)]

    def reset(self) -> None:
        self._unit = None
        self._filter.reset()

    def state(self) -> dict[str, Any]:
        unit = None if self._unit is None else self._unit.tolist()
        return {"unit": unit, "filter": self._filter.state()}

    def restore(self, state: dict[str, Any]) -> None:
        unit = state["unit"]
        self._unit = None if unit is None else np.array(unit, dtype=np.float64)
        self._filter.restore(state["filter"])
