"""Metrics of a drive: the paper's table, and what it lacks; one row each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from reenact.evaluate.closures import count_closures
from reenact.evaluate.drive import Drive
from reenact.evaluate.face_track import POSE, READERS
from reenact.evaluate.ratios import RATIOS
from reenact.evaluate.statistics import (
    compare_amplitudes,
    correlate,
    mean_error,
    mean_known,
    measure_lag,
)
from reenact.evaluate.stillness import find_still, measure_flicker, measure_tremble

Measure = Callable[[Drive], float]

GROUPS = {"eyes": (0, 1), "mouth": (2,), "brows": (3, 4)}
"""Which of `RATIOS` make a row; left and right are averaged."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    name: str
    """Its name, in the table and in JSON."""
    measure: Measure
    """Its value for one drive; NaN where the drive does not show it."""
    unit: str = ""
    """Unit of the value, if any."""
    digits: int = 2
    """Digits after the point that are printed."""


def _follow(ratios: tuple[int, ...], reader: str, drive: Drive) -> float:
    one, other = drive.driver.ratios[reader], drive.output.ratios[reader]
    return mean_known([correlate(one[:, index], other[:, index]) for index in ratios])


def _amplitude(ratios: tuple[int, ...], reader: str, drive: Drive) -> float:
    one, other = drive.driver.ratios[reader], drive.output.ratios[reader]
    return mean_known([compare_amplitudes(one[:, index], other[:, index]) for index in ratios])


def _ceiling(ratios: tuple[int, ...], drive: Drive) -> float:
    one, other = (drive.driver.ratios[reader] for reader in READERS)
    return mean_known([correlate(one[:, index], other[:, index]) for index in ratios])


def _pose_error(axes: tuple[int, ...], drive: Drive) -> float:
    one, other = drive.driver.pose, drive.output.pose
    return mean_known([mean_error(one[:, axis], other[:, axis]) for axis in axes])


def _pose_follow(axis: int, drive: Drive) -> float:
    return correlate(drive.driver.pose[:, axis], drive.output.pose[:, axis])


def _gaze(axis: int, drive: Drive) -> float:
    return correlate(drive.driver.gaze[:, axis], drive.output.gaze[:, axis])


def _recall(reader: str, drive: Drive) -> float:
    return count_closures(drive.driver, drive.output, reader).recall


def _closures(reader: str, drive: Drive) -> float:
    return count_closures(drive.driver, drive.output, reader).asked


def _false_closures(reader: str, drive: Drive) -> float:
    return 100 * count_closures(drive.driver, drive.output, reader).false_share


def _mouth_lag(reader: str, drive: Drive) -> float:
    mouth = RATIOS.index("mouth")
    signals = (track.ratios[reader][:, mouth] for track in (drive.driver, drive.output))
    return 1000 * measure_lag(drive.driver.times, *signals)


def _tremble(of_driver: bool, drive: Drive) -> float:
    track = drive.driver if of_driver else drive.output
    return measure_tremble(track, find_still(drive.driver))


def _flicker(drive: Drive) -> float:
    return measure_flicker(drive.wavering, find_still(drive.driver))


def _likeness(drive: Drive) -> float:
    return mean_known(drive.likeness.tolist())


def _found(of_driver: bool, reader: str, drive: Drive) -> float:
    track = drive.driver if of_driver else drive.output
    return 100 * float(np.isfinite(track.ratios[reader][:, 0]).mean())


_ALL = tuple(range(len(RATIOS)))

POSE_MAE = "Pose MAE, yaw and pitch"
FL_CORR = {reader: f"FL CORR ({reader})" for reader in READERS}
ID_CSIM = "ID CSIM"
CEILING = "ceiling of FL CORR: dlib against MediaPipe on the driver"
"""Names of the rows that the paper has, and of what it takes to judge the second."""


def _pose_rows() -> Iterator[Metric]:
    yield Metric(POSE_MAE, partial(_pose_error, (0, 1)), "degrees", 1)
    for axis, name in enumerate(POSE):
        yield Metric(f"MAE of {name}", partial(_pose_error, (axis,)), "degrees", 1)
    for axis, name in enumerate(POSE):
        yield Metric(f"correlation of {name}", partial(_pose_follow, axis))


def _ratio_rows() -> Iterator[Metric]:
    for reader in READERS:
        yield Metric(FL_CORR[reader], partial(_follow, _ALL, reader))
        for name, ratios in GROUPS.items():
            yield Metric(f"correlation of {name} ({reader})", partial(_follow, ratios, reader))
    yield Metric(CEILING, partial(_ceiling, _ALL))
    for name, ratios in GROUPS.items():
        yield Metric(f"ceiling of {name}", partial(_ceiling, ratios))
    for reader in READERS:
        for name, ratios in GROUPS.items():
            yield Metric(f"amplitude of {name} ({reader})", partial(_amplitude, ratios, reader))


def _eye_rows() -> Iterator[Metric]:
    for reader in READERS:
        asked, false = f"closures of the driver's eyes ({reader})", f"false closures ({reader})"
        yield Metric(asked, partial(_closures, reader), digits=0)
        yield Metric(f"closures shown ({reader})", partial(_recall, reader))
        yield Metric(false, partial(_false_closures, reader), "% of frames", 1)
    for axis, way in enumerate(("sideways", "up")):
        yield Metric(f"correlation of gaze {way} (MediaPipe)", partial(_gaze, axis))


def _time_rows() -> Iterator[Metric]:
    for reader in READERS:
        yield Metric(f"lag of the mouth ({reader})", partial(_mouth_lag, reader), "ms", 0)
    thousandths = "thousandths of the eyes' distance"
    yield Metric("tremble while the driver is still", partial(_tremble, False), thousandths, 1)
    yield Metric("tremble of the still driver", partial(_tremble, True), thousandths, 1)
    yield Metric("flicker while the driver is still", _flicker, "grey levels")


def _found_rows() -> Iterator[Metric]:
    for side in ("driver", "output"):
        for reader in READERS:
            found = partial(_found, side == "driver", reader)
            yield Metric(f"face found in the {side} ({reader})", found, "%", 0)


METRICS = (
    *_pose_rows(),
    *_ratio_rows(),
    Metric(ID_CSIM, _likeness),
    *_eye_rows(),
    *_time_rows(),
    *_found_rows(),
)
"""All rows, in the order of the table."""
