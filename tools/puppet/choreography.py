"""Choreography of the sample driver: calm, turns, talk, smile, frown, glances, and calm again."""

from fractions import Fraction
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from reenact.smooth import smoothstep
from reenact.types import EXPRESSION_AXES

FRAME_RATE = Fraction(30000, 1001)
FRAMES = 300
DURATION_S = float(FRAMES / FRAME_RATE)

CALM_S = 1.2
"""So long the face rests at the start, for whoever calibrates on it."""

SYLLABLES = (
    *((5.00, 0.20, 0.45), (5.20, 0.18, 0.30), (5.40, 0.26, 0.75), (5.68, 0.16, 0.25)),
    *((5.86, 0.22, 0.55), (6.10, 0.18, 0.40), (6.28, 0.34, 0.95), (6.66, 0.18, 0.35)),
)
"""Openings of the jaw: (start in seconds, length in seconds, depth)."""

_BLINKS = (1.45, 3.25, 4.85, 6.02, 7.80, 9.12, 9.40)
_WINK = 8.36
_CLOSING_S, _SHUT_S, _OPENING_S = 0.08, 0.07, 0.13

_KEYS = MappingProxyType(
    {
        "yaw": (
            *((1.3, 0.0), (1.9, 0.42), (2.1, 0.42), (2.8, -0.42), (3.0, -0.4), (3.5, 0.0)),
            *((5.2, 0.08), (5.9, -0.10), (6.6, 0.12), (7.2, 0.0)),
        ),
        "pitch": (
            *((3.4, 0.0), (3.75, 0.3), (4.2, -0.32), (4.5, 0.0)),
            *((5.3, -0.07), (5.7, 0.06), (6.3, -0.08), (6.9, 0.05), (7.3, 0.0)),
        ),
        "roll": (
            *((4.3, 0.0), (4.6, 0.24), (4.95, -0.2), (5.4, 0.0)),
            *((6.8, 0.0), (7.3, 0.1), (7.9, 0.0)),
        ),
        "smile": ((6.7, 0.0), (7.15, 1.0), (7.6, 0.9), (7.9, -0.8), (8.15, -0.8), (8.35, 0.0)),
        "pucker": (
            *((6.1, 0.0), (6.2, 0.4), (6.3, 0.0), (8.3, 0.0), (8.5, 0.9), (8.6, 0.9)),
            *((8.75, 0.0),),
        ),
        "brow_left": (
            *((5.4, 0.0), (5.55, 0.7), (5.8, 0.0), (6.9, 0.0), (7.2, 0.9), (7.5, 0.8)),
            *((7.85, -0.8), (8.15, -0.8), (8.3, 0.0)),
        ),
        "furrow": ((7.6, 0.0), (7.9, 1.0), (8.15, 1.0), (8.3, 0.0)),
        "gaze_x": (
            *((1.25, 0.0), (1.4, 0.8), (1.8, 0.2), (2.2, -0.8), (2.8, -0.1), (3.1, 0.5)),
            *((3.4, 0.0), (8.65, 0.0), (8.75, -0.9), (8.9, -0.9), (9.0, 0.9), (9.15, 0.9)),
            *((9.25, 0.0),),
        ),
        "gaze_y": (
            *((3.4, 0.0), (3.55, 0.4), (3.8, 0.0), (4.0, -0.5), (4.4, 0.0)),
            *((9.2, 0.0), (9.28, 0.8), (9.38, 0.8), (9.45, 0.0)),
        ),
    }
)
"""(seconds, value) by axis, joined by smooth steps; what is not named rests at zero."""


def known_motion(time_s: float) -> npt.NDArray[np.float32]:
    """(13,) in the order of `EXPRESSION_AXES`, at any time; it repeats after `DURATION_S`."""
    time_s %= DURATION_S
    value = {axis: _between_keys(keys, time_s) for axis, keys in _KEYS.items()}
    value["brow_right"] = value["brow_left"]
    value["jaw"] = max(_syllable(time_s - start, *shape) for start, *shape in SYLLABLES)
    blink = max(_blink(time_s - start) for start in _BLINKS)
    value["blink_right"] = blink
    value["blink_left"] = max(blink, _blink(time_s - _WINK))
    return np.array([value.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


def _between_keys(keys: tuple[tuple[float, float], ...], time_s: float) -> float:
    times, values = zip(*keys, strict=True)
    after = int(np.searchsorted(times, time_s))
    if after in (0, len(keys)):
        return float(values[max(after - 1, 0)])
    share = (time_s - times[after - 1]) / (times[after] - times[after - 1])
    return float(values[after - 1] + smoothstep(share) * (values[after] - values[after - 1]))


def _syllable(since_s: float, length_s: float, depth: float) -> float:
    if not 0 < since_s < length_s:
        return 0.0
    return float(depth * np.sin(np.pi * since_s / length_s) ** 2)


def _blink(since_s: float) -> float:
    opening = since_s - _CLOSING_S - _SHUT_S
    return float(min(smoothstep(since_s / _CLOSING_S), 1 - smoothstep(opening / _OPENING_S)))
