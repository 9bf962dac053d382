"""Calibration learns a person's neutral face from the calm frames at the beginning of a stream."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.face.measures import FaceMeasures, measure
from reenact.types import FaceCrop

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
"""The neutral face that is assumed until a calm frame is seen.

Chosen by hand, left and right alike, most of it between the neutral faces of the photo puppet and
of the drawn people; `tools/measure_neutral.py` prints them side by side.
"""

OPEN_EYES_PERCENTILE = 75.0
"""Percentile of the calm frames' eye openings: above the median, so half blinks do not count."""

SETTLING = 0.25
"""Time constant of a change of the neutral face, in calibration times: too slow to be seen."""

LONGEST_STEP_S = 0.1
"""A gap in the stream counts for no more of the calm time than this."""

OPEN_EYES = 0.55 * GENERIC.eye_left
"""Eyes open less than this are shut. Chosen by hand: lids that are shut measure about a third of
the opening, and narrow eyes must still count as open."""

CLOSED_LIPS = 0.1
"""A gap of the lips from which a mouth is open. Chosen by hand: wide open it is 0.3 or more."""

MOST_TURNED, MOST_TILTED = 0.35, 0.5
"""Radians of yaw or pitch, and of roll, below which a head faces the camera. Chosen by hand: a
camera may stand above or beside the screen, and a roll changes the look of a face the least."""

TURNED_OVER = 0.75 * math.pi
"""Roll from which the camera, not the head, is upside down: what is left of it to the other way up
is then a tilt of the head. More than a right angle, so that who lies on one side stays there."""

WhyNotCalm: TypeAlias = Literal["blink", "talking", "away"]
"""Eyes shut, mouth open, or turned away."""

_FIELDS = [field.name for field in dataclasses.fields(FaceMeasures)]
_EYES = [_FIELDS.index("eye_left"), _FIELDS.index("eye_right")]


class Calibration:
    """The neutral face so far: one per stream, fed with every frame's measures in order of time."""

    def __init__(self, duration_s: float = 1.0, *, known: FaceMeasures | None = None) -> None:
        """duration_s: seconds of calm frames to learn from. known: the neutral face, which is then
        not learnt."""
        self._duration_s = duration_s
        self._turn = 0.0
        given = known or GENERIC
        self._neutral = _turn(given, -_turn_of(given, self._turn)).numbers()
        self._learnt = self._neutral
        self._calm: list[npt.NDArray[np.float64]] = []
        self._calm_s = 0.0 if known is None else duration_s
        self._time: float | None = None

    def update(self, now: FaceMeasures, time: float) -> FaceMeasures:
        """The neutral face to compare `now` with, as an upside-down camera would show it where
        `now` is upside down; time: seconds."""
        self._turn = _turn_of(now, self._turn)
        elapsed = 0.0 if self._time is None else min(max(time - self._time, 0.0), LONGEST_STEP_S)
        first = self._time is None
        self._time = time
        if self._calm_s < self._duration_s and why_not_calm(now) is None:
            self._calm.append(_turn(now, -self._turn).numbers())
            self._calm_s += elapsed
            self._learnt = _typical(self._calm)
        if self._calm:
            pull = 1.0 - math.exp(-elapsed / (SETTLING * self._duration_s))
            self._neutral = self._neutral + (1.0 if first else pull) * (
                self._learnt - self._neutral
            )
        return _turn(FaceMeasures.of_numbers(self._neutral.tolist()), self._turn)

    @property
    def learnt_s(self) -> float:
        """Seconds of calm frames learnt from so far."""
        return self._calm_s

    def restart(self) -> None:
        """Calibrate anew; the neutral face known so far stays until calm frames change it."""
        self._calm, self._calm_s = [], 0.0

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return {
            "rest": self._neutral.tolist(),  # so called in states that are on disk already
            "calm": [numbers.tolist() for numbers in self._calm],
            "calm_s": self._calm_s,
            "time": self._time,
            "turn": self._turn,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._neutral = np.array(state["rest"], dtype=np.float64)
        self._calm = [np.array(numbers, dtype=np.float64) for numbers in state["calm"]]
        self._learnt = _typical(self._calm) if self._calm else self._neutral
        self._calm_s, self._time = float(state["calm_s"]), state["time"]
        self._turn = float(state["turn"])


def _turn_of(now: FaceMeasures, before: float) -> float:
    """0, or pi where the camera is upside down; `before`: what it was until now."""
    upside_down = abs(_turn(now, -before).roll) > TURNED_OVER
    return math.pi - before if upside_down else before


def _turn(face: FaceMeasures, angle: float) -> FaceMeasures:
    return dataclasses.replace(face, roll=math.remainder(face.roll + angle, 2 * math.pi))


def _typical(calm: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    frames = np.stack(calm)
    typical: npt.NDArray[np.float64] = np.median(frames, axis=0)
    typical[_EYES] = np.percentile(frames[:, _EYES], OPEN_EYES_PERCENTILE, axis=0)
    return typical


def why_not_calm(now: FaceMeasures) -> WhyNotCalm | None:
    """What keeps this from being a neutral face; None when nothing does."""
    if min(now.eye_left, now.eye_right) <= OPEN_EYES:
        return "blink"
    if now.lips >= CLOSED_LIPS:
        return "talking"
    tilt = math.remainder(now.roll, math.pi)  # of a head that an upside-down camera sees, too
    ahead = max(abs(now.yaw), abs(now.pitch)) < MOST_TURNED and abs(tilt) < MOST_TILTED
    return None if ahead else "away"


@dataclass(frozen=True, slots=True)
class CalibrationHint:
    """What the driver should do so that calibration ends."""

    state: Literal["look", "done"] | WhyNotCalm
    """`look` while all is well, `done` at the end, else what calibration waits for to pass."""
    left_s: float
    """Seconds of calm frames that are still needed."""


def calibration_hint(face: FaceCrop | None, left_s: float) -> CalibrationHint:
    """Why calibration is waiting: eyes shut, mouth open, turned away or, for None, no face."""
    if left_s <= 0:
        return CalibrationHint("done", 0.0)
    if face is None:
        return CalibrationHint("away", left_s)
    return CalibrationHint(why_not_calm(measure(face.landmarks)) or "look", left_s)
