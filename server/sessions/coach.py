"""Tells a driver what keeps the resting face from being learnt."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from reenact.face.calibration import GENERIC, is_calm
from reenact.face.measures import measure
from reenact.types import FaceCrop

Hint: TypeAlias = Literal["look", "blink", "talking", "away", "done"]


@dataclass(frozen=True, slots=True)
class Advice:
    """look: stay as you are. left_s: of calm frames that are still wanted."""

    state: Hint
    left_s: float


def advise(face: FaceCrop | None, left_s: float) -> Advice:
    """What to say of `face`, None for nobody there."""
    if left_s <= 0:
        return Advice("done", 0.0)
    return Advice("away" if face is None else _hint(face), left_s)


def _hint(face: FaceCrop) -> Hint:
    now = measure(face.landmarks)
    if is_calm(now):
        return "look"
    if min(now.eye_left, now.eye_right) <= 0.55 * GENERIC.eye_left:
        return "blink"
    return "talking" if now.lips >= 0.1 else "away"
