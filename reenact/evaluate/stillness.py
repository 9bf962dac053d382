"""Stillness of the output while the driver is still: its tremble, and the picture's flicker."""

import numpy as np
import numpy.typing as npt

from reenact.evaluate.face_track import FaceTrack, Numbers

STILL_SPEED = 0.1
"""Mean speed of the driver's points below which a face is still, in distances of the outer corners
of the eyes a second, about 9 mm: three times what MediaPipe's noise alone measures on a calm face,
and a fourth of what it measures in speech."""

AROUND_S = 0.1
"""Seconds before and after a frame over which that speed is a mean."""

FEWEST = 10
"""Still frames, a third of a second, below which nothing is said."""

_EYES = (36, 45)


def find_still(track: FaceTrack) -> npt.NDArray[np.bool_]:
    """(N,) where the face is seen and still, without its way through the picture."""
    points = track.points - track.points[:, _EYES].mean(axis=1, keepdims=True)
    if len(points) < 2:
        return np.zeros(len(points), bool)
    steps = np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=2).mean(axis=1))
    speed = steps / np.diff(track.times)
    middle = (track.times[1:] + track.times[:-1]) / 2
    near = np.abs(track.times[:, None] - middle) <= AROUND_S
    sums = np.where(near, np.nan_to_num(speed, nan=np.inf), 0.0).sum(axis=1)
    return np.asarray(sums < STILL_SPEED * near.sum(axis=1))


def measure_tremble(track: FaceTrack, still: npt.NDArray[np.bool_]) -> float:
    """Noise of the points in `still` frames, in thousandths of the distance of the eyes' corners.

    From each point's departure from the mean of its neighbours in time, which leaves slow motion
    out; as the deviation of white noise. NaN for fewer than `FEWEST` frames.
    """
    bent = np.full(len(track.times), np.nan)
    if len(bent) > 2:
        points = track.points
        second = 2 * points[1:-1] - points[:-2] - points[2:]
        bent[1:-1] = (second**2).sum(axis=2).mean(axis=1) / 6
    return 1000 * float(np.sqrt(_mean_where(bent, still)))


def measure_flicker(wavering: Numbers, still: npt.NDArray[np.bool_]) -> float:
    """Mean of `Drive.wavering` in `still` frames, in grey levels; NaN for fewer than `FEWEST`."""
    return _mean_where(wavering, still)


def _mean_where(values: Numbers, still: npt.NDArray[np.bool_]) -> float:
    known = values[still & np.isfinite(values)]
    return float(known.mean()) if len(known) >= FEWEST else np.nan
