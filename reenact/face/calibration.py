"""Calibration learns a person's neutral face from the frames of a stream, while it runs.

By itself it takes running statistics of the last 40 seconds, so that a stream may begin in the
middle of a word. Asked to learn anew, it takes the next calm frames, and stays with what they show.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from reenact.face.measures import FaceMeasures, measure
from reenact.face.neutral_face import CLOSED_LIPS, GENERIC, Numbers, believe, typical
from reenact.types import FaceCrop

SETTLING = 0.25
"""Time constant of a change of the neutral face, in calibration times: too slow to be seen."""

LONGEST_STEP_S = 0.1
"""A gap in the stream counts for no more of the calm time than this."""

STEP_S, MOST_FRAMES = 0.1, 400
"""Seconds between two frames that are kept, and how many are: those of the last 40 seconds. Chosen
by hand: a laugh or a look aside is much shorter, a change of the light or the chair is followed."""

FIRST_S, FIRST_CALM_S = 0.1, 3.0
"""Seconds for which the first frame counts, and for which it does when it is calm; by hand."""

OPEN_EYES = 0.04
"""Eyes open less than this are shut. Chosen by hand: shut lids measure up to 0.03, and the narrow
eyes of some people, wide open, hardly more than this."""

MOST_TURNED, MOST_TILTED = 0.35, 0.5
"""Radians of yaw or pitch, and of roll, below which a head faces the camera. Chosen by hand: a
camera may stand above or beside the screen, and a roll changes the look of a face the least."""

TURNED_OVER = 0.75 * math.pi
"""Roll from which the camera, not the head, is upside down: what is left of it to the other way up
is then a tilt of the head. More than a right angle, so that who lies on one side stays there."""

WhyNotCalm: TypeAlias = Literal["blink", "talking", "away"]
"""Eyes shut, mouth open, or turned away."""


class Calibration:
    """The neutral face so far: one per stream, fed with every frame's measures in order of time."""

    def __init__(self, duration_s: float = 1.0, *, known: FaceMeasures | None = None) -> None:
        """duration_s: seconds of calm frames that make a neutral face sure; 0 to learn nothing.
        known: the neutral face, which is then not learnt."""
        self._duration_s = duration_s
        self._turn = 0.0
        given = known or GENERIC
        self._neutral = _turn(given, -_turn_of(given, self._turn)).numbers()
        self._learnt = self._neutral
        self._frames: list[Numbers] = []
        self._asked = False  # to learn from calm frames only
        self._calm_s = 0.0 if known is None else duration_s
        self._evidence_s = 0.0
        self._kept_at = -math.inf
        self._time: float | None = None
        self._is_known = known is not None or not duration_s

    def update(self, now: FaceMeasures, time: float) -> FaceMeasures:
        """The neutral face to compare `now` with, as an upside-down camera would show it where
        `now` is upside down; time: seconds."""
        self._turn = _turn_of(now, self._turn)
        first = self._time is None
        elapsed = 0.0 if self._time is None else min(max(time - self._time, 0.0), LONGEST_STEP_S)
        self._time = time
        if not self._is_known:
            self._learn(now, time, elapsed)
        if self._duration_s:
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
        """Learn from the next calm frames; the neutral face known so far stays until then."""
        self._frames, self._calm_s, self._evidence_s = [], 0.0, 0.0
        self._asked, self._is_known = True, not self._duration_s
        self._kept_at = -math.inf

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return {
            "rest": self._neutral.tolist(),
            "learnt": self._learnt.tolist(),
            "frames": [numbers.tolist() for numbers in self._frames],
            "asked": self._asked,
            "calm_s": self._calm_s,
            "evidence_s": self._evidence_s,
            "kept_at": None if math.isinf(self._kept_at) else self._kept_at,
            "time": self._time,
            "turn": self._turn,
            "known": self._is_known,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._neutral = np.array(state["rest"], dtype=np.float64)
        self._learnt = np.array(state["learnt"], dtype=np.float64)
        self._frames = [np.array(numbers, dtype=np.float64) for numbers in state["frames"]]
        self._asked, self._is_known = bool(state["asked"]), bool(state["known"])
        self._calm_s, self._evidence_s = float(state["calm_s"]), float(state["evidence_s"])
        self._kept_at = -math.inf if state["kept_at"] is None else float(state["kept_at"])
        self._time, self._turn = state["time"], float(state["turn"])

    def _learn(self, now: FaceMeasures, time: float, elapsed: float) -> None:
        reason = why_not_calm(now)
        if reason == "away" or (self._asked and reason is not None):
            return
        if reason is None:
            self._calm_s += elapsed
        if not self._frames and not self._asked:
            elapsed = FIRST_CALM_S if reason is None else FIRST_S
        self._evidence_s += elapsed
        if 0 <= time - self._kept_at < STEP_S:
            return
        self._kept_at = time
        self._frames = [*self._frames[1 - MOST_FRAMES :], _turn(now, -self._turn).numbers()]
        face = typical(np.stack(self._frames))
        self._learnt = face if self._asked else believe(face, self._evidence_s)
        self._is_known = self._asked and self._calm_s >= self._duration_s


def _turn_of(now: FaceMeasures, before: float) -> float:
    """0, or pi where the camera is upside down; `before`: what it was until now."""
    upside_down = abs(_turn(now, -before).roll) > TURNED_OVER
    return math.pi - before if upside_down else before


def _turn(face: FaceMeasures, angle: float) -> FaceMeasures:
    return dataclasses.replace(face, roll=math.remainder(face.roll + angle, 2 * math.pi))


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
