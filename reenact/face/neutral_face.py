"""Neutral face of a person, told from many frames of which few may be calm.

Each measure has its own statistic: eyes are as open as they mostly are at their widest, lips as
shut as they are at their closest, a mouth as wide as it mostly is while the lips are together,
everything else as it mostly is. What no face has at rest is bounded away, and what the first
frames say of the mouth, which may be speaking, is mixed with the face that people have on average.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from reenact.face.measures import FaceMeasures

Numbers = npt.NDArray[np.float64]
"""(24,) or (N, 24): `FaceMeasures.numbers`, of one frame or of many."""

GENERIC = FaceMeasures(
    yaw=0.0,
    pitch=0.0,
    roll=0.0,
    eye_left=0.1,
    eye_right=0.1,
    cheek_left=-0.37,
    cheek_right=-0.37,
    lips=0.002,
    mouth=0.56,
    corner_left=0.008,
    corner_right=0.008,
    shift=0.0,
    nose_to_lip=0.16,
    chin=0.72,
    red=0.18,
    brow_left=0.26,
    brow_right=0.26,
    tilt_left=0.045,
    tilt_right=0.045,
    between_brows=0.31,
    gaze_x_left=0.0,
    gaze_x_right=0.0,
    gaze_y_left=0.05,
    gaze_y_right=0.05,
)
"""The neutral face that is assumed until something is known.

Chosen by hand, left and right alike, most of it between the neutral faces of the photo puppet and
of the drawn people; `tools/measure_neutral.py` prints them side by side.
"""

OPEN_EYES_PERCENTILE, SHUT_LIPS_PERCENTILE = 85.0, 5.0
"""Percentiles of the openings of eyes and lips. Chosen by hand: away from the median, so that
blinks and speech do not count, and from the extremes, which are noise and surprise."""

CLOSED_LIPS = 0.1
"""A gap of the lips from which a mouth is open. Chosen by hand: wide open it is 0.3 or more."""

_BOUNDS = {
    "eye_left": (0.045, 0.2),
    "eye_right": (0.045, 0.2),
    "lips": (-0.01, 0.025),
    "mouth": (0.47, 0.66),
    "corner_left": (-0.03, 0.045),
    "corner_right": (-0.03, 0.045),
    "shift": (-0.04, 0.04),
}
"""Lowest and highest value of measures at rest. Chosen by hand, a little wider than puppet and
drawn people are (`tools/measure_neutral.py`), for narrow eyes wider still."""

_OF_MOUTH = ("mouth", "corner_left", "corner_right", "shift", "nose_to_lip", "chin", "red")
"""Measures that speech changes by more than people differ: only known of a closed mouth."""

PRIOR_S = 0.7
"""Seconds of frames that say as much of the mouth's rest as the generic face does; by hand."""

_NAMES = [field.name for field in dataclasses.fields(FaceMeasures)]
_LOWEST, _HIGHEST = np.array([_BOUNDS.get(name, (-np.inf, np.inf)) for name in _NAMES]).T
_EYES = [_NAMES.index("eye_left"), _NAMES.index("eye_right")]
_LIPS = _NAMES.index("lips")
_MOUTH = [_NAMES.index(name) for name in _OF_MOUTH]


def typical(frames: Numbers) -> Numbers:
    """(24,): the neutral face that (N, 24) frames, at least one, tell of."""
    face: Numbers = np.median(frames, axis=0)
    face[_EYES] = np.percentile(frames[:, _EYES], OPEN_EYES_PERCENTILE, axis=0)
    face[_LIPS] = np.percentile(frames[:, _LIPS], SHUT_LIPS_PERCENTILE)
    closed = frames[frames[:, _LIPS] < CLOSED_LIPS]
    face[_MOUTH] = np.median(closed[:, _MOUTH], axis=0) if len(closed) else _GENERIC[_MOUTH]
    return face


def believe(face: Numbers, evidence_s: float) -> Numbers:
    """(24,): `face`, told from so many seconds of frames, as far as it can be believed."""
    bounded = np.clip(face, _LOWEST, _HIGHEST)
    weight = evidence_s / (evidence_s + PRIOR_S)
    speaking = [_LIPS, *_MOUTH]
    bounded[speaking] = weight * bounded[speaking] + (1 - weight) * _GENERIC[speaking]
    return bounded


_GENERIC = GENERIC.numbers()
