"""Learns how a person's face rests, from the calm frames at the beginning."""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reenact.face.measures import FaceMeasures

GENERIC = FaceMeasures(
    yaw=0.0,
    pitch=0.0,
    roll=0.0,
    eye_left=0.11,
    eye_right=0.11,
    lips=0.006,
    mouth=0.58,
    corners=0.015,
    brow_left=0.26,
    brow_right=0.26,
    brow_tilt=0.045,
    between_brows=0.32,
    gaze_x_left=0.0,
    gaze_x_right=0.0,
    gaze_y_left=0.06,
    gaze_y_right=0.06,
)
"""Anybody's resting face, until a calm frame is seen."""

OPEN_EYES_PERCENTILE = 75.0
"""Of the calm frames' eye openings: above the median, so that half blinks do not count."""

SETTLING = 0.25
"""Time constant of a change of the resting face, in calibration times: too slow to be seen."""

_FIELDS = [field.name for field in dataclasses.fields(FaceMeasures)]
_EYES = [_FIELDS.index("eye_left"), _FIELDS.index("eye_right")]


class Calibration:
    """The resting face so far: one per stream, fed with every frame's measures in order of time."""

    def __init__(self, duration_s: float = 1.0, *, known: FaceMeasures | None = None) -> None:
        """duration_s: of calm frames to learn from. known: the resting face; nothing is learnt."""
        self._duration_s = duration_s
        self._rest = (known or GENERIC).numbers()
        self._learnt = self._rest
        self._calm: list[npt.NDArray[np.float64]] = []
        self._calm_s = 0.0 if known is None else duration_s
        self._time: float | None = None

    def update(self, now: FaceMeasures, time: float) -> FaceMeasures:
        """The resting face to compare `now` with; time: seconds."""
        elapsed = 0.0 if self._time is None else min(max(time - self._time, 0.0), 0.1)
        first = self._time is None
        self._time = time
        if self._calm_s < self._duration_s and is_calm(now):
            self._calm.append(now.numbers())
            self._calm_s += elapsed
            self._learnt = _typical(self._calm)
        if self._calm:
            pull = 1.0 - math.exp(-elapsed / (SETTLING * self._duration_s))
            self._rest = self._rest + (1.0 if first else pull) * (self._learnt - self._rest)
        return FaceMeasures.of_numbers(self._rest.tolist())

    def restart(self) -> None:
        """Learn anew; the resting face known so far stays until calm frames change it."""
        self._calm, self._calm_s = [], 0.0

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on exactly; JSON-able."""
        return {
            "rest": self._rest.tolist(),
            "calm": [numbers.tolist() for numbers in self._calm],
            "calm_s": self._calm_s,
            "time": self._time,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._rest = np.array(state["rest"], dtype=np.float64)
        self._calm = [np.array(numbers, dtype=np.float64) for numbers in state["calm"]]
        self._learnt = _typical(self._calm) if self._calm else self._rest
        self._calm_s, self._time = float(state["calm_s"]), state["time"]


def _typical(calm: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    frames = np.stack(calm)
    typical: npt.NDArray[np.float64] = np.median(frames, axis=0)
    typical[_EYES] = np.percentile(frames[:, _EYES], OPEN_EYES_PERCENTILE, axis=0)
    return typical


def is_calm(now: FaceMeasures) -> bool:
    """Whether this may be a resting face: eyes open, mouth closed, looking about ahead."""
    open_eyes = min(now.eye_left, now.eye_right) > 0.55 * GENERIC.eye_left
    ahead = abs(now.yaw) < 0.35 and abs(now.pitch) < 0.35 and abs(now.roll) < 0.5
    return open_eyes and ahead and now.lips < 0.1
