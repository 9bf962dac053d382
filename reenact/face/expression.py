"""Expression reader: what a driver's face does, relative to that person's neutral face."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from reenact.face.calibration import Calibration
from reenact.face.comparison import compare
from reenact.face.measures import FaceMeasures, measure
from reenact.types import EXPRESSION_AXES, FaceCrop

RANGES = MappingProxyType(
    {"yaw": (-0.6, 0.6), "pitch": (-0.4, 0.4), "roll": (-0.4, 0.4)}
    | dict.fromkeys(("smile", "brow_left", "brow_right", "gaze_x", "gaze_y"), (-1.0, 1.0))
    | dict.fromkeys(("jaw", "pucker", "blink_left", "blink_right", "furrow"), (0.0, 1.0))
)
"""Lowest and highest value of each axis, approached softly; the useful ranges of
`EXPRESSION_AXES`, which avatars were trained on."""

DEAD = MappingProxyType(
    dict.fromkeys(("yaw", "pitch", "roll"), 0.0)
    | {"jaw": 0.04, "smile": 0.10, "pucker": 0.1, "blink_left": 0.12, "blink_right": 0.12}
    | {"brow_left": 0.18, "brow_right": 0.18, "furrow": 0.25, "gaze_x": 0.06, "gaze_y": 0.15}
)
"""What each axis reads on a neutral face, from noise and from its neighbours; taken off.

Chosen by hand: none for the head, whose turns show most; the others are at least
three standard deviations of the noise that `tools/measure_noise.py` measures and prints.
"""

KNEE = 0.8
"""Share of its range from which an axis bends towards its end. Chosen by hand."""


class ExpressionReader:
    """Turns landmarks into 13 coefficients; one per stream, fed in the order of time.

    The neutral face is learnt from the calm frames of the first `calibration_s` seconds: open
    eyes, closed mouth, head to the front. The first calm frame is trusted at once, later ones
    correct it smoothly.
    """

    def __init__(
        self,
        *,
        gains: Mapping[str, float] | None = None,
        neutral: FaceMeasures | None = None,
        calibration_s: float = 1.0,
    ) -> None:
        """gains: factor by axis, 1 where none is given. neutral: the neutral face when it is known,
        so that nothing is learnt.

        Raises ValueError for an axis that is not one of `EXPRESSION_AXES`.
        """
        unknown = set(gains or {}) - set(EXPRESSION_AXES)
        if unknown:
            raise ValueError(
                f"gains must be of {', '.join(EXPRESSION_AXES)}, got {', '.join(sorted(unknown))}"
            )
        self._gains = np.array([(gains or {}).get(axis, 1.0) for axis in EXPRESSION_AXES])
        self._calibration = Calibration(calibration_s, known=neutral)

    def read(self, face: FaceCrop, time: float) -> npt.NDArray[np.float32]:
        """(13,) in the order, signs and ranges of `EXPRESSION_AXES`; time: seconds."""
        now = measure(face.landmarks)
        raw = compare(now, self._calibration.update(now, time))
        return shape(np.array([raw[axis] for axis in EXPRESSION_AXES]) * self._gains)

    @property
    def learnt_s(self) -> float | None:
        """Seconds of calm frames learnt from so far."""
        return self._calibration.learnt_s

    def recalibrate(self) -> None:
        """Learn the neutral face anew, from the next calm frames on."""
        self._calibration.restart()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return self._calibration.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._calibration.restore(state)


def shape(raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Takes the dead zone off each axis and bends it softly into its range; both (13,)."""
    alive = np.sign(raw) * np.maximum(np.abs(raw) - _DEAD, 0.0)
    size = np.abs(alive) / _LIMIT
    bent = KNEE + (1 - KNEE) * np.tanh(np.maximum(size - KNEE, 0.0) / (1 - KNEE))
    limited = np.sign(alive) * np.where(size > KNEE, bent, size) * _LIMIT
    return np.asarray(np.maximum(limited, _LOWEST), dtype=np.float32)


_DEAD = np.array([DEAD[axis] for axis in EXPRESSION_AXES])
_LOWEST, _LIMIT = np.array([RANGES[axis] for axis in EXPRESSION_AXES]).T
