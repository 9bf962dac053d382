"""Closures of the eyes: how many of a driver's the output shows, and how many it makes up."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reenact.evaluate.face_track import FaceTrack, Numbers

OPEN_PERCENTILE = 75.0
"""Percentile of an eye's ratio over a clip that is taken for this person's open eye: above the
median, because smiles and blinks narrow it, and below the widest, which is surprise."""

SHUT = 0.5
"""Share of the open eye below which it is shut. In clips of people who blink and grin, shut lids
measured 0.05 to 0.35 by MediaPipe and to 0.45 by dlib, and eyes that a grin narrows 0.55 and more:
this lies between."""

SURELY_OPEN = 0.6
"""Share of the open eye from which the driver's is surely not shut: between it and `SHUT` the two
readings of one eye differ by chance, and neither answer of the output is held to be wrong."""

SLACK_S = 0.1
"""Seconds by which a closure may come earlier or later: a lid shuts in about this time."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Closures:
    """Count of the closures of both eyes, one by one."""

    asked: int
    """Closures of the driver's eyes."""
    shown: int
    """Those in which the output's same eye shut too."""
    false_share: float
    """Share of frames in which an eye of the output is shut and the driver's surely is not."""

    @property
    def recall(self) -> float:
        """Share that is shown; NaN where the driver never shut an eye."""
        return self.shown / self.asked if self.asked else np.nan


def count_closures(driver: FaceTrack, output: FaceTrack, reader: str) -> Closures:
    """The closures that `reader` sees; frames that it could not read on both sides do not count.

    A wink is a closure of one eye, and the other eye must stay open.
    """
    one, other = (relative_opening(track.ratios[reader][:, :2]) for track in (driver, output))
    seen = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    times, one, other = driver.times[seen], one[seen], other[seen]
    asked = shown = 0
    false = np.zeros(len(times), bool)
    for eye in range(one.shape[1]):
        shut, answers = one[:, eye] < SHUT, other[:, eye] < SHUT
        for first, last in _runs(shut):
            near = (times >= times[first] - SLACK_S) & (times <= times[last] + SLACK_S)
            asked += 1
            shown += bool(answers[near].any())
        false |= answers & _stays_open(times, one[:, eye])
    return Closures(asked, shown, float(false.mean()) if len(false) else np.nan)


def relative_opening(eyes: Numbers) -> Numbers:
    """Ratios of eyes, (N, 2), as shares of each one's open eye."""
    if not np.isfinite(eyes).any():
        return eyes
    return np.asarray(eyes / np.nanpercentile(eyes, OPEN_PERCENTILE, axis=0))


def _stays_open(times: Numbers, opening: Numbers) -> Mask:
    """Where an eye is surely open, and was and will be for `SLACK_S`."""
    doubtful = times[opening < SURELY_OPEN]
    if not len(doubtful):
        return np.ones(len(times), bool)
    return np.asarray(np.abs(times[:, None] - doubtful).min(axis=1) > SLACK_S)


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """(first, last) index of each run of true values."""
    edges = np.diff(np.concatenate([[0], mask.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
