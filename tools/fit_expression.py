"""Derives the constants of `reenact.face.comparison` again, from faces that move by known amounts.

    python tools/fit_expression.py

Prints each constant as it stands in the source, what the photo puppet gives for it, the median of
the twelve drawn people, and by how much the puppet's value differs from the source's. Nothing is
changed. A constant that says how large an axis is at its end is fitted so that the axis reads 1
there once its dead zone is taken off. Takes some minutes; needs the development extras.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reenact.face import comparison as source
from reenact.face import measures
from reenact.face.align import FaceAligner
from reenact.face.expression import DEAD
from tools.known_faces import KnownFace, drawn_people, photo_puppet

NOT_FITTED = (
    *("JAW_LIFTS_MOST", "NOD_MOST", "APPROACH_SHARE", "FAR_FROM", "FAR_OVER"),
    *("GAZE_FADE", "GAZE_LEAST"),
)
"""Constants that were chosen by hand and that no known motion determines."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the source, and how a face gives it."""

    name: str
    """In the source."""
    value: float
    """In the source."""
    fit: Callable[[KnownFace], float]
    """Derives it from a face."""


def main() -> None:
    with FaceAligner() as aligner:
        puppet, people = photo_puppet(aligner), drawn_people(aligner)
        print(f"{'constant':20}{'source':>9}{'puppet':>9}{'drawn':>9}{'difference':>12}")
        for constant in CONSTANTS:
            print(compare_fits(constant, puppet, people), flush=True)
    print(f"chosen by hand, without a fit: {', '.join(NOT_FITTED)}")


def compare_fits(constant: Constant, puppet: KnownFace, people: Sequence[KnownFace]) -> str:
    """One line of the table."""
    fit = constant.fit(puppet)
    drawn = statistics.median(constant.fit(person) for person in people)
    difference = (fit - constant.value) / constant.value
    return f"{constant.name:20}{constant.value:9.3f}{fit:9.3f}{drawn:9.3f}{difference:+12.0%}"


def _turn_gain(axis: str, *angles: float) -> Callable[[KnownFace], float]:
    """Least-squares factor from the angle that is read to the one that was asked for."""

    def fit(face: KnownFace) -> float:
        read = np.array([face.change(axis, **{axis: angle}) for angle in angles])
        return float(read @ np.array(angles) / (read @ read))

    return fit


def _full(axis: str, measure: str, end: float = 1.0) -> Callable[[KnownFace], float]:
    """Change of a measure at an axis' end, for a reading of one after the dead zone."""
    return lambda face: abs(face.change(measure, **{axis: end})) / (1 + DEAD[axis])


def _ratio(measure: str, to: str, **motion: float) -> Callable[[KnownFace], float]:
    """Change of one measure for each unit of another's, in the same motion."""
    return lambda face: face.change(measure, **motion) / face.change(to, **motion)


def _by_yaw(measure: str) -> Callable[[KnownFace], float]:
    """Change of a measure for the square of the yaw that is read."""

    def fit(face: KnownFace) -> float:
        angles = (-0.5, 0.5)
        squares = np.array([face.change("yaw", yaw=angle) ** 2 for angle in angles])
        changes = np.array([face.change(measure, yaw=angle) for angle in angles])
        return float(squares @ changes / (squares @ squares))

    return fit


def _negative(fit: Callable[[KnownFace], float]) -> Callable[[KnownFace], float]:
    return lambda face: -fit(face)


def _brow_way(end: float) -> Callable[[KnownFace], float]:
    return lambda face: (
        sum(_full(f"brow_{side}", f"brow_{side}", end)(face) for side in ("left", "right")) / 2
    )


def _blink(face: KnownFace) -> float:
    shut = {"blink_left": 1.0, "blink_right": 1.0}
    return _lost_opening(face, **shut) / (1 + DEAD["blink_left"])


def _nod_shuts(face: KnownFace) -> float:
    nods = [abs(face.change("pitch", pitch=angle)) for angle in (-0.3, 0.3)]
    lost = [_lost_opening(face, pitch=angle) for angle in (-0.3, 0.3)]
    return sum(lost) / sum(nods)


def _lost_opening(face: KnownFace, **motion: float) -> float:
    """Share of their opening that the eyes lose, mean of both."""
    neutral, moved = face.measures(), face.measures(**motion)
    kept = moved.eye_left / neutral.eye_left + moved.eye_right / neutral.eye_right
    return 1 - kept / 2


def _furrow(face: KnownFace) -> float:
    fallen, closer = -face.change("brow_tilt", furrow=1), -face.change("between_brows", furrow=1)
    return (fallen + source.APPROACH_SHARE * closer) / (1 + DEAD["furrow"])


def _gaze(axis: str) -> Callable[[KnownFace], float]:
    def fit(face: KnownFace) -> float:
        ways = (face.change(f"{axis}_{s}", **{axis: e}) * e for s in _SIDES for e in (-1.0, 1.0))
        return sum(ways) / 4 / (1 + DEAD[axis])

    return fit


def _smile_by_lift(face: KnownFace) -> float:
    """With the smile by width as it is in the source: the two move together."""
    by_width = source.SMILE_BY_WIDTH * face.change("mouth", smile=1)
    return (1 + DEAD["smile"] - by_width) / face.change("corners", smile=1)


def _smile_by_width(face: KnownFace) -> float:
    """With the smile by lift as it is in the source."""
    by_lift = source.SMILE_BY_LIFT * face.change("corners", smile=1)
    return (1 + DEAD["smile"] - by_lift) / face.change("mouth", smile=1)


def _frown(face: KnownFace) -> float:
    return (1 + DEAD["smile"]) / -face.change("corners", smile=-1)


def _smile_opens(face: KnownFace) -> float:
    return face.change("lips", smile=1)


def _iris_depth(face: KnownFace) -> float:
    """Share of the iris' depth with which a turn of the head reads least as a gaze."""
    shares = np.arange(0, 1.01, 0.05).tolist()
    return float(min(shares, key=lambda share: _gaze_of_a_turn(face, share)))


def _gaze_of_a_turn(face: KnownFace, share: float) -> float:
    neutral = face.measures_with_iris(share)
    turned = [face.measures_with_iris(share, yaw=yaw) for yaw in (-0.3, 0.3)]
    names = [f"gaze_x_{side}" for side in _SIDES]
    gazes = [abs(getattr(now, name) - getattr(neutral, name)) for now in turned for name in names]
    return float(sum(gazes))


_SIDES = ("left", "right")

_FITS: dict[str, Callable[[KnownFace], float]] = {
    "YAW_GAIN": _turn_gain("yaw", -0.4, -0.2, 0.2, 0.4),
    "PITCH_GAIN": _turn_gain("pitch", -0.3, -0.15, 0.15, 0.3),
    "JAW_FULL": _full("jaw", "lips"),
    "PUCKER_FULL": _full("pucker", "mouth"),
    "BLINK_FULL": _blink,
    "BROW_RAISED_FULL": _brow_way(1.0),
    "BROW_LOWERED_FULL": _brow_way(-1.0),
    "FURROW_FULL": _furrow,
    "GAZE_X_FULL": _gaze("gaze_x"),
    "GAZE_Y_FULL": _gaze("gaze_y"),
    "SMILE_BY_LIFT": _smile_by_lift,
    "FROWN_BY_FALL": _frown,
    "SMILE_BY_WIDTH": _smile_by_width,
    "JAW_NARROWS": _negative(_ratio("mouth", "lips", jaw=1.0)),
    "YAW_NARROWS": _negative(_by_yaw("mouth")),
    "JAW_LIFTS": _ratio("corners", "lips", jaw=0.4),
    "JAW_NODS": _ratio("pitch", "lips", jaw=1.0),
    "SMILE_OPENS": _smile_opens,
    "FROWN_NARROWS": _ratio("mouth", "corners", smile=-1.0),
    "NOD_SHUTS": _nod_shuts,
    "YAW_RAISES": lambda face: (_by_yaw("brow_left")(face) + _by_yaw("brow_right")(face)) / 2,
    "YAW_CLOSES": _negative(_by_yaw("between_brows")),
}

CONSTANTS = (
    *(Constant(name, getattr(source, name), fit) for name, fit in _FITS.items()),
    Constant("IRIS_DEPTH", measures.IRIS_DEPTH, _iris_depth),
)

if __name__ == "__main__":
    main()
