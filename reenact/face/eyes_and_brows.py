"""Eyes and brows compared with those of the neutral face; part of `reenact.face.comparison`, whose
docstring says what the numbers behind a constant mean."""

from reenact.face.measures import FaceMeasures
from reenact.smooth import smoothstep

SHUT = 0.72
"""Share of its opening that an eye has lost at eyeBlink 1: (0.77, 0.95). Chosen by
hand, lower, so that lids which the tracker sees a little open still read as shut."""

WIDE_FULL = 0.35
"""Share of its opening that an eye has gained at eyeWide 1; by hand."""

SQUINT_FULL = 0.4
"""Share of its opening that an eye has lost at eyeSquint 1, with raised cheeks; by hand: an eye
that has lost more is shutting."""

CHEEK_FULL = 0.05
"""Rise of a cheek at which it, and no blink, narrows the eye. Chosen by hand between what a
small smile and a broad grin do."""

NOD_SHUTS, NOD_MOST = 0.5, 0.5
"""Share of its opening that an eye seems to lose for each radian of pitch: (0.11, 0.58). The limit
of that pitch was chosen by hand, beyond the useful range of 0.4."""

BROW_RAISED_FULL, BROW_LOWERED_FULL = 0.055, 0.045
"""Way of a brow at browInnerUp and browOuterUp 1, and at browDown 1: (0.056, 0.046) and
(0.017, 0.058)."""

APPROACH_SHARE = 0.6
"""Weight of the brows' approach in browDown, beside the fall of their inner ends; by hand."""

YAW_RAISES, YAW_CLOSES = 0.07, 0.2
"""Rise of the brows, and approach of their inner ends, for the square of the yaw: (0.18, 0.15) and
(0.11, 0.24). The first was chosen by hand, lower: points that turn rigidly show none of it."""

FAR_FROM, FAR_OVER = 0.15, 0.25
"""Yaw at which the far eye and brow begin to be doubted, and over how much more of it they are
doubted wholly. Chosen by hand: the nose hides their inner halves from about 0.4."""

GAZE_X_FULL, GAZE_Y_FULL = 0.16, 0.055
"""Way of the iris at gaze 1, in eye widths: (0.19, 0.13) and (0.040, 0.057)."""

GAZE_FADE = 1.5
"""An eye's gaze counts in full up to the blink of 1 - 1 / GAZE_FADE, and not at all at 1. Chosen by
hand: half shut lids hide as much of the iris as they show."""

GAZE_LEAST = 0.5
"""Open eyes, of two, below which the gaze goes back to the middle. Chosen by hand."""

Pair = tuple[float, float]
"""One number of the left side and one of the right."""


def compare_eyes_and_brows(now: FaceMeasures, neutral: FaceMeasures) -> dict[str, float]:
    """Eyes, brows and gaze of `AXES`, about 0..1 (gaze: -1..1), before gains and limits."""
    weights = _far_weights(now.yaw)
    lost = _lost_openings(now, neutral, weights)
    return {
        **_lids(lost, _raised_cheeks(now, neutral, weights)),
        **_brows(now, neutral, weights),
        **_gaze(now, neutral, lost),
    }


def _far_weights(yaw: float) -> Pair:
    """How much (left, right) eye and brow count: at strong yaw, the near ones only."""
    far = 1.0 - float(smoothstep((abs(yaw) - FAR_FROM) / FAR_OVER))
    return (far, 1.0) if yaw > 0 else (1.0, far)


def _weigh(left: float, right: float, weights: Pair) -> Pair:
    """Each side's value, the far one's replaced by the near one's where it does not count."""
    return (
        weights[0] * left + (1 - weights[0]) * right,
        weights[1] * right + (1 - weights[1]) * left,
    )


def _lost_openings(now: FaceMeasures, neutral: FaceMeasures, weights: Pair) -> Pair:
    """Share of its own opening that each eye has lost; below zero where it is wider."""
    nodded = 1.0 - NOD_SHUTS * min(abs(now.pitch - neutral.pitch), NOD_MOST)
    left = 1.0 - now.eye_left / (neutral.eye_left * nodded)
    right = 1.0 - now.eye_right / (neutral.eye_right * nodded)
    return _weigh(left, right, weights)


def _raised_cheeks(now: FaceMeasures, neutral: FaceMeasures, weights: Pair) -> Pair:
    """How far each cheek is up, 0..1."""
    left, right = (
        float(smoothstep(rise / CHEEK_FULL))
        for rise in (now.cheek_left - neutral.cheek_left, now.cheek_right - neutral.cheek_right)
    )
    return _weigh(left, right, weights)


def _lids(lost: Pair, cheeks: Pair) -> dict[str, float]:
    """An eye below a raised cheek squints before it shuts; shut it is shut, with a cheek or not."""
    axes: dict[str, float] = {}
    for side, share, cheek in zip(("Left", "Right"), lost, cheeks, strict=True):
        squint = min(max(share, 0.0), SQUINT_FULL * cheek)
        shut = (share - squint) / (SHUT - squint) if share > squint else 0.0
        axes |= {
            f"eyeBlink{side}": shut,
            f"eyeWide{side}": max(-share, 0.0) / WIDE_FULL,
            f"eyeSquint{side}": squint / SQUINT_FULL,
        }
    return axes


def _brows(now: FaceMeasures, neutral: FaceMeasures, weights: Pair) -> dict[str, float]:
    turned = (now.yaw - neutral.yaw) ** 2
    raised = _weigh(
        now.brow_left - neutral.brow_left - YAW_RAISES * turned,
        now.brow_right - neutral.brow_right - YAW_RAISES * turned,
        weights,
    )
    tilted = _weigh(now.tilt_left - neutral.tilt_left, now.tilt_right - neutral.tilt_right, weights)
    closer = neutral.between_brows - now.between_brows - YAW_CLOSES * turned
    closer = APPROACH_SHARE * max(closer, 0.0) * min(weights)
    inner = [rise + tilt / 2 for rise, tilt in zip(raised, tilted, strict=True)]
    outer = [rise - tilt / 2 for rise, tilt in zip(raised, tilted, strict=True)]
    return {
        "browInnerUp": max(sum(inner) / 2, 0.0) / BROW_RAISED_FULL,
        "browOuterUpLeft": max(outer[0], 0.0) / BROW_RAISED_FULL,
        "browOuterUpRight": max(outer[1], 0.0) / BROW_RAISED_FULL,
        "browDownLeft": max(closer - inner[0], 0.0) / BROW_LOWERED_FULL,
        "browDownRight": max(closer - inner[1], 0.0) / BROW_LOWERED_FULL,
    }


def _gaze(now: FaceMeasures, neutral: FaceMeasures, lost: Pair) -> dict[str, float]:
    """Mean of the eyes, each weighted by how open it is; behind shut lids the eyes look ahead."""
    left, right = (min(max(GAZE_FADE - GAZE_FADE * share / SHUT, 0.0), 1.0) for share in lost)
    x_left, x_right = now.gaze_x_left - neutral.gaze_x_left, now.gaze_x_right - neutral.gaze_x_right
    y_left, y_right = now.gaze_y_left - neutral.gaze_y_left, now.gaze_y_right - neutral.gaze_y_right
    seen = max(left + right, GAZE_LEAST)
    return {
        "eyeLookX": (left * x_left + right * x_right) / seen / GAZE_X_FULL,
        "eyeLookY": (left * y_left + right * y_right) / seen / GAZE_Y_FULL,
    }
