"""Comparison of a face with its neutral one: each axis of an expression as a change of measures.

An axis is the change of one or two measures, without what other motions add to it, divided by the
change at which the axis is 1. The constants come of faces that move by known amounts: the photo
puppet (tools/puppet) and the twelve drawn people. `tools/fit_expression.py` derives each of them
again; its results stand below as (puppet, people). Those that are not the puppet's within a tenth
were chosen by hand, most of them between the two. Lengths are in the unit of
`reenact.face.measures`.
"""

import math

from reenact.face.measures import FaceMeasures
from reenact.smooth import smoothstep

YAW_GAIN, PITCH_GAIN = 1.35, 1.45
"""A head turns by so much more than the rigid fit reads: (1.49, 1.26) and (1.44, 1.65)."""

JAW_FULL = 0.3
"""Gap of the lips at jaw 1: (0.30, 0.30)."""

PUCKER_FULL = 0.12
"""Loss of the mouth's width at pucker 1: (0.12, 0.23)."""

BLINK_FULL = 0.6
"""Share of its opening that an eye has lost at blink 1: (0.69, 0.85). Chosen by hand, lower, so
that lids which the tracker sees a little open still read as shut."""

BROW_RAISED_FULL, BROW_LOWERED_FULL = 0.055, 0.04
"""Way of a brow at 1 and at -1: (0.051, 0.048) and (0.015, 0.052)."""

FURROW_FULL = 0.045
"""Fall of the inner ends of the brows, with their approach, at furrow 1: (0.012, 0.026). Chosen by
hand, higher, because three standard deviations of the noise are a third of the puppet's furrow."""

GAZE_X_FULL, GAZE_Y_FULL = 0.16, 0.055
"""Way of the iris at gaze 1, in eye widths: (0.18, 0.12) and (0.035, 0.050)."""

SMILE_BY_LIFT, FROWN_BY_FALL, SMILE_BY_WIDTH = 9.0, 12.0, 3.0
"""Smile for each unit by which the mouth's corners rise or fall, and by which it gets wider:
(8.1, 6.7), (17.3, 12.3) and (2.7, 1.7). Rise and width grow together, so one is fitted with the
other as it is here."""

JAW_NARROWS, YAW_NARROWS = 0.14, 0.1
"""Loss of the mouth's width for each unit of the lips' gap, and for the square of the yaw:
(0.14, 0.18) and (0.12, 0.12)."""

JAW_LIFTS, JAW_LIFTS_MOST = 0.15, 0.03
"""Rise of the mouth's corners over the lips for each unit of the lips' gap: (0.11, 0.37). Its limit
was chosen by hand: wide open mouths of the puppet show no such rise."""

JAW_NODS = 0.2
"""Radians of pitch that the rigid fit reads for each unit of the lips' gap: (0.14, 0.37)."""

SMILE_OPENS = 0.05
"""Gap of the lips in a full smile with the teeth shut: (0.02, 0.07)."""

FROWN_NARROWS = 1.6
"""Loss of the mouth's width for each unit by which its corners fall: (1.59, 0.58)."""

NOD_SHUTS, NOD_MOST = 0.5, 0.5
"""Share of its opening that an eye seems to lose for each radian of pitch: (0.11, 0.58). The limit
of that pitch was chosen by hand, beyond the useful range of 0.4."""

YAW_RAISES, YAW_CLOSES = 0.12, 0.2
"""Rise of the brows, and approach of their inner ends, for the square of the yaw: (0.15, -0.01) and
(0.11, 0.24)."""

APPROACH_SHARE = 0.6
"""Weight of the brows' approach in a furrow, beside the fall of their inner ends; by hand."""

FAR_FROM, FAR_OVER = 0.15, 0.25
"""Yaw at which the far eye and brow begin to be doubted, and over how much more of it they are
doubted wholly. Chosen by hand: the nose hides their inner halves from about 0.4."""

GAZE_FADE = 1.5
"""An eye's gaze counts in full up to the blink of 1 - 1 / GAZE_FADE, and not at all at 1. Chosen by
hand: half shut lids hide as much of the iris as they show."""

GAZE_LEAST = 0.5
"""Open eyes, of two, below which the gaze goes back to the middle. Chosen by hand."""


def compare(now: FaceMeasures, neutral: FaceMeasures) -> dict[str, float]:
    """Every axis, about -1..1 (angles: radians), before gains, dead zones and limits."""
    yaw, far = now.yaw - neutral.yaw, _far_weights(now.yaw)
    opened = now.lips - neutral.lips
    gap = max(opened, 0.0)
    widened = now.mouth - neutral.mouth + JAW_NARROWS * gap + YAW_NARROWS * yaw**2
    lifted = now.corners - neutral.corners - min(JAW_LIFTS * gap, JAW_LIFTS_MOST)
    by_lift = SMILE_BY_LIFT if lifted > 0 else FROWN_BY_FALL
    smile = by_lift * lifted + SMILE_BY_WIDTH * max(widened, 0.0)
    blinks = _blinks(now, neutral, far)
    return {
        "yaw": YAW_GAIN * yaw,
        "pitch": PITCH_GAIN * (now.pitch - neutral.pitch - JAW_NODS * gap),
        "roll": math.remainder(now.roll - neutral.roll, 2 * math.pi),
        "jaw": (opened - SMILE_OPENS * min(max(smile, 0.0), 1.0)) / JAW_FULL,
        "smile": smile,
        "pucker": (-widened - FROWN_NARROWS * max(-lifted, 0.0)) / PUCKER_FULL,
        "blink_left": blinks[0],
        "blink_right": blinks[1],
        **_brows(now, neutral, far),
        **_gaze(now, neutral, blinks),
    }


def _far_weights(yaw: float) -> tuple[float, float]:
    """How much (left, right) eye and brow count: at strong yaw, the near ones only."""
    far = 1.0 - float(smoothstep((abs(yaw) - FAR_FROM) / FAR_OVER))
    return (far, 1.0) if yaw > 0 else (1.0, far)


def _weigh(left: float, right: float, weights: tuple[float, float]) -> tuple[float, float]:
    """Each side's value, the far one's replaced by the near one's where it does not count."""
    return (
        weights[0] * left + (1 - weights[0]) * right,
        weights[1] * right + (1 - weights[1]) * left,
    )


def _blinks(
    now: FaceMeasures, neutral: FaceMeasures, weights: tuple[float, float]
) -> tuple[float, float]:
    """(left, right) from the ratio of each opening to the person's own."""
    nodded = 1.0 - NOD_SHUTS * min(abs(now.pitch - neutral.pitch), NOD_MOST)
    left = 1.0 - now.eye_left / (neutral.eye_left * nodded)
    right = 1.0 - now.eye_right / (neutral.eye_right * nodded)
    return _weigh(left / BLINK_FULL, right / BLINK_FULL, weights)


def _brows(
    now: FaceMeasures, neutral: FaceMeasures, weights: tuple[float, float]
) -> dict[str, float]:
    turned = (now.yaw - neutral.yaw) ** 2
    raised = (
        now.brow_left - neutral.brow_left - YAW_RAISES * turned,
        now.brow_right - neutral.brow_right - YAW_RAISES * turned,
    )
    left, right = (
        side / BROW_RAISED_FULL if side > 0 else side / BROW_LOWERED_FULL
        for side in _weigh(*raised, weights)
    )
    closer = neutral.between_brows - now.between_brows - YAW_CLOSES * turned
    furrow = (neutral.brow_tilt - now.brow_tilt + APPROACH_SHARE * closer) / FURROW_FULL
    return {"brow_left": left, "brow_right": right, "furrow": furrow * min(weights)}


def _gaze(
    now: FaceMeasures, neutral: FaceMeasures, blinks: tuple[float, float]
) -> dict[str, float]:
    """Mean of the eyes, each weighted by how open it is; behind shut lids the eyes look ahead."""
    left, right = (min(max(GAZE_FADE - GAZE_FADE * blink, 0.0), 1.0) for blink in blinks)
    x_left, x_right = now.gaze_x_left - neutral.gaze_x_left, now.gaze_x_right - neutral.gaze_x_right
    y_left, y_right = now.gaze_y_left - neutral.gaze_y_left, now.gaze_y_right - neutral.gaze_y_right
    seen = max(left + right, GAZE_LEAST)
    return {
        "gaze_x": (left * x_left + right * x_right) / seen / GAZE_X_FULL,
        "gaze_y": (left * y_left + right * y_right) / seen / GAZE_Y_FULL,
    }
