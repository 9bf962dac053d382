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

from reenact.face import comparison, eyes_and_brows, measures, old_axes
from reenact.face.align import FaceAligner
from tools.known_faces import KnownFace, drawn_people, photo_puppet

NOT_FITTED = (
    *("JAW_LIFTS_MOST", "NOD_MOST", "APPROACH_SHARE", "FAR_FROM", "FAR_OVER"),
    *("GAZE_FADE", "GAZE_LEAST", "LIFT_FULL", "DROP_FULL", "FUNNEL_OVER", "SHIFT_FULL"),
    *("PRESS_FULL", "WIDTH_THINS", "WIDE_FULL", "SQUINT_FULL", "CHEEK_FULL", "FURROW_SHARE"),
)
"""Constants that were chosen by hand, because no known face moves so."""


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
    difference = (fit - constant.value) / abs(constant.value)
    return f"{constant.name:20}{constant.value:9.3f}{fit:9.3f}{drawn:9.3f}{difference:+12.0%}"


def _turn_gain(axis: str, *angles: float) -> Callable[[KnownFace], float]:
    """Least-squares factor from the angle that is read to the one that was asked for."""

    def fit(face: KnownFace) -> float:
        read = np.array([face.change(axis, **{axis: angle}) for angle in angles])
        return float(read @ np.array(angles) / (read @ read))

    return fit


def _full(axis: str, measure: str, end: float = 1.0) -> Callable[[KnownFace], float]:
    """Change of a measure at an axis' end, for a reading of one after the dead zone."""
    return lambda face: abs(face.change(measure, **{axis: end}))


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
    return _lost_opening(face, **shut)


def _nod_shuts(face: KnownFace) -> float:
    nods = [abs(face.change("pitch", pitch=angle)) for angle in (-0.3, 0.3)]
    lost = [_lost_opening(face, pitch=angle) for angle in (-0.3, 0.3)]
    return sum(lost) / sum(nods)


def _lost_opening(face: KnownFace, **motion: float) -> float:
    """Share of their opening that the eyes lose, mean of both."""
    neutral, moved = face.measures(), face.measures(**motion)
    kept = moved.eye_left / neutral.eye_left + moved.eye_right / neutral.eye_right
    return 1 - kept / 2


def _gaze(axis: str) -> Callable[[KnownFace], float]:
    def fit(face: KnownFace) -> float:
        ways = (face.change(f"{axis}_{s}", **{axis: e}) * e for s in _SIDES for e in (-1.0, 1.0))
        return sum(ways) / 4

    return fit


def _smile_by_lift(face: KnownFace) -> float:
    """With the smile by width as it is in the source: the two move together."""
    by_width = comparison.SMILE_BY_WIDTH * face.change("mouth", smile=1)
    return (1 - by_width) / _corners(face, smile=1)


def _smile_by_width(face: KnownFace) -> float:
    """With the smile by lift as it is in the source."""
    by_lift = comparison.SMILE_BY_LIFT * _corners(face, smile=1)
    return (1 - by_lift) / face.change("mouth", smile=1)


def _frown(face: KnownFace) -> float:
    return 1 / -_corners(face, smile=-1)


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


def _corners(face: KnownFace, **motion: float) -> float:
    """Rise of the mouth's corners, mean of both."""
    return sum(face.change(f"corner_{side}", **motion) for side in _SIDES) / 2


def _lift_by_jaw(face: KnownFace) -> float:
    return _corners(face, jaw=0.4) / face.change("lips", jaw=0.4)


def _chin_by_jaw(face: KnownFace) -> float:
    return face.change("lips", jaw=1.0) / face.change("chin", jaw=1.0)


_SIDES = ("left", "right")

_FITS: dict[str, Callable[[KnownFace], float]] = {
    "YAW_GAIN": _turn_gain("yaw", -0.4, -0.2, 0.2, 0.4),
    "PITCH_GAIN": _turn_gain("pitch", -0.3, -0.15, 0.15, 0.3),
    "JAW_FULL": _full("jaw", "lips"),
    "PUCKER_FULL": _full("pucker", "mouth"),
    "SHUT": _blink,
    "BROW_RAISED_FULL": _brow_way(1.0),
    "BROW_LOWERED_FULL": _brow_way(-1.0),
    "GAZE_X_FULL": _gaze("gaze_x"),
    "GAZE_Y_FULL": _gaze("gaze_y"),
    "SMILE_BY_LIFT": _smile_by_lift,
    "FROWN_BY_FALL": _frown,
    "SMILE_BY_WIDTH": _smile_by_width,
    "JAW_NARROWS": _negative(_ratio("mouth", "lips", jaw=1.0)),
    "YAW_NARROWS": _negative(_by_yaw("mouth")),
    "JAW_LIFTS": _lift_by_jaw,
    "JAW_NODS": _ratio("pitch", "lips", jaw=1.0),
    "SMILE_OPENS": _smile_opens,
    "FROWN_NARROWS": lambda face: face.change("mouth", smile=-1) / _corners(face, smile=-1),
    "NOD_SHUTS": _nod_shuts,
    "JAW_BY_CHIN": _chin_by_jaw,
    "YAW_RAISES": lambda face: (_by_yaw("brow_left")(face) + _by_yaw("brow_right")(face)) / 2,
    "YAW_CLOSES": _negative(_by_yaw("between_brows")),
}

SOURCES = (comparison, eyes_and_brows, old_axes)


def _of_source(name: str) -> float:
    return float(next(vars(source)[name] for source in SOURCES if name in vars(source)))


CONSTANTS = (
    *(Constant(name, _of_source(name), fit) for name, fit in _FITS.items()),
    Constant("IRIS_DEPTH", measures.IRIS_DEPTH, _iris_depth),
)

if __name__ == "__main__":
    main()
