"""Maker of face tracks and drives with known signals."""

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from reenact.evaluate.drive import Drive
from reenact.evaluate.face_track import READERS, FaceTrack
from reenact.evaluate.ratios import RATIOS

Numbers = npt.NDArray[np.float64]
RATE = 30.0
TINY = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()


def make_track(count: int, signals: Mapping[str, Numbers] | None = None) -> FaceTrack:
    """A face with open eyes that holds still except for these of the `RATIOS`."""
    ratios = np.tile([0.3, 0.3, 0.1, 0.8, 0.8], (count, 1))
    for name, values in (signals or {}).items():
        ratios[:, RATIOS.index(name)] = values
    points = np.random.default_rng(1).normal(size=(68, 2))
    return FaceTrack(
        np.arange(count) / RATE,
        {reader: ratios.copy() for reader in READERS},
        np.zeros((count, 3)),
        np.zeros((count, 2)),
        np.tile(points, (count, 1, 1)),
    )


def make_drive(driver: FaceTrack, output: FaceTrack, *, clip: str = "clip") -> Drive:
    count = len(driver.times)
    nothing = np.full(count, np.nan)
    return Drive(clip, "ada", driver, output, nothing, nothing, [(TINY, TINY)] * count, (0.0, 0.0))
