"""Comparison of a face with its neutral one: each axis of an expression as a change of measures.

An axis is the change of one or two measures, without what other motions add to it, divided by the
change at which the axis is 1. The constants come of faces that move by known amounts: the photo
puppet (tools/puppet) and the twelve drawn people. `tools/fit_expression.py` derives them again; its
results stand below as (puppet, people). Those that are not the puppet's within a tenth were chosen
by hand, most of them between the two. Lengths are in the unit of `reenact.face.measures`.
"""

import math

from reenact.face.eyes_and_brows import compare_eyes_and_brows
from reenact.face.measures import FaceMeasures
from reenact.smooth import smoothstep

YAW_GAIN, PITCH_GAIN = 1.35, 1.45
"""A head turns by so much more than the rigid fit reads: (1.49, 1.26) and (1.44, 1.65)."""

JAW_NODS = 0.2
"""Radians of pitch that the rigid fit reads for each unit of the lips' gap: (0.14, 0.37)."""

JAW_FULL = 0.3
"""Gap of the lips at jawOpen 1: (0.31, 0.31)."""

LIFT_FULL, DROP_FULL = 0.1, 0.1
"""Gap of the lips by the upper one at mouthUpperUp 1, by the lower one at mouthLowerDown 1; by
hand: about as high as the teeth of each jaw show."""

JAW_BY_CHIN = 2.5
"""Gap of the lips that a falling chin can explain, for each unit of its fall: (1.9, 2.3). Chosen
by hand, higher, so that the jaw is believed first."""

PUCKER_FULL = 0.16
"""Loss of the mouth's width at mouthPucker or mouthFunnel 1: (0.13, 0.25)."""

FUNNEL_OVER = 0.12
"""Gap of the lips at which rounded lips are all a funnel and no pucker; by hand."""

SMILE_BY_LIFT, FROWN_BY_FALL, SMILE_BY_WIDTH = 9.0, 12.0, 3.0
"""Smile for each unit by which a corner of the mouth rises or falls, and by which the mouth gets
wider: (6.4, 5.6), (15.8, 11.2) and (2.2, 1.2). Rise and width grow together, so one is fitted with
the other as it is here."""

JAW_NARROWS, YAW_NARROWS = 0.14, 0.1
"""Loss of the mouth's width for each unit of the lips' gap, and for the square of the yaw:
(0.14, 0.18) and (0.12, 0.12)."""

JAW_LIFTS, JAW_LIFTS_MOST = 0.15, 0.03
"""Rise of the mouth's corners over the lips for each unit of the lips' gap: (0.11, 0.37). Its limit
was chosen by hand: wide open mouths of the puppet show no such rise."""

FROWN_NARROWS = 1.6
"""Loss of the mouth's width for each unit by which its corners fall: (1.59, 0.58)."""

SHIFT_FULL = 0.09
"""Way of the mouth's middle at mouthLeft or mouthRight 1; by hand: a third of half its width."""

PRESS_FULL, WIDTH_THINS = 0.07, 0.25
"""Loss of the lips' red at mouthPress 1, and for each unit by which the mouth gets wider; by hand:
pressed lips still show half of their red."""


def compare(now: FaceMeasures, neutral: FaceMeasures) -> dict[str, float]:
    """Every one of `AXES`, about 0..1 or -1..1 (angles: radians), before gains and limits.

    cheekPuff is always 0: landmarks do not show it.
    """
    gap = max(now.lips - neutral.lips, 0.0)
    return {
        "headYaw": YAW_GAIN * (now.yaw - neutral.yaw),
        "headPitch": PITCH_GAIN * (now.pitch - neutral.pitch - JAW_NODS * gap),
        "headRoll": math.remainder(now.roll - neutral.roll, 2 * math.pi),
        **_corners_and_width(now, neutral, gap),
        **_parted_lips(now, neutral, gap),
        "cheekPuff": 0.0,
        **compare_eyes_and_brows(now, neutral),
    }


def _corners_and_width(now: FaceMeasures, neutral: FaceMeasures, gap: float) -> dict[str, float]:
    turned = (now.yaw - neutral.yaw) ** 2
    widened = now.mouth - neutral.mouth + JAW_NARROWS * gap + YAW_NARROWS * turned
    raised = min(JAW_LIFTS * gap, JAW_LIFTS_MOST)
    left = now.corner_left - neutral.corner_left - raised
    right = now.corner_right - neutral.corner_right - raised
    smiles = [_smile(lifted, widened) for lifted in (left, right)]
    rounded = max(-widened - FROWN_NARROWS * max(-(left + right) / 2, 0.0), 0.0) / PUCKER_FULL
    funnel = float(smoothstep(gap / FUNNEL_OVER))
    shift = (now.shift - neutral.shift) / SHIFT_FULL
    thinned = neutral.red - now.red - WIDTH_THINS * max(widened, 0.0)
    return {
        "mouthSmileLeft": max(smiles[0], 0.0),
        "mouthSmileRight": max(smiles[1], 0.0),
        "mouthFrownLeft": max(-smiles[0], 0.0),
        "mouthFrownRight": max(-smiles[1], 0.0),
        "mouthPucker": (1.0 - funnel) * rounded,
        "mouthFunnel": funnel * rounded,
        "mouthLeft": max(shift, 0.0),
        "mouthRight": max(-shift, 0.0),
        "mouthPress": (1.0 - funnel) * max(thinned, 0.0) / PRESS_FULL,
    }


def _smile(lifted: float, widened: float) -> float:
    """Smile, or frown below zero, of one corner of the mouth."""
    by_lift = SMILE_BY_LIFT if lifted > 0 else FROWN_BY_FALL
    return by_lift * lifted + SMILE_BY_WIDTH * max(widened, 0.0)


def _parted_lips(now: FaceMeasures, neutral: FaceMeasures, gap: float) -> dict[str, float]:
    """The gap of the lips, shared out: to the jaw as far as the chin fell, to the upper lip as far
    as it rose, the rest to the lower lip."""
    by_jaw = min(gap, JAW_BY_CHIN * max(now.chin - neutral.chin, 0.0))
    by_upper = min(gap - by_jaw, max(neutral.nose_to_lip - now.nose_to_lip, 0.0))
    return {
        "jawOpen": by_jaw / JAW_FULL,
        "mouthUpperUp": by_upper / LIFT_FULL,
        "mouthLowerDown": (gap - by_jaw - by_upper) / DROP_FULL,
    }
