"""Conversion of an expression on `AXES` to the thirteen `EXPRESSION_AXES` of older packs.

It is a matrix, except for the lids, whose shares of the eye's opening multiply:

| old | of the new |
|---|---|
| yaw, pitch, roll, gaze_x, gaze_y | the same |
| jaw | the gap of jawOpen, mouthUpperUp and mouthLowerDown, less what a smile opens |
| smile | mean mouthSmile less mean mouthFrown |
| pucker | mouthPucker + mouthFunnel |
| blink | what eyeBlink and eyeSquint together shut |
| brow | mean of browInnerUp and browOuterUp, less browDown |
| furrow | half of the mean browDown |
"""

from collections.abc import Mapping

from reenact.face.comparison import DROP_FULL, JAW_FULL, LIFT_FULL
from reenact.face.eyes_and_brows import SHUT, SQUINT_FULL

SMILE_OPENS = 0.05
"""Gap of the lips that the old packs' full smile has with the teeth shut: (0.02, 0.07)."""

FURROW_SHARE = 0.5
"""Furrow for each unit of browDown, which lowers the old brow as well; by hand."""


def to_old_axes(new: Mapping[str, float]) -> dict[str, float]:
    """Every one of `EXPRESSION_AXES`, not limited to its range, from every one of `AXES`."""
    smile = _both(new, "mouthSmile") - _both(new, "mouthFrown")
    gap = JAW_FULL * new["jawOpen"] + LIFT_FULL * new["mouthUpperUp"]
    gap += DROP_FULL * new["mouthLowerDown"] - SMILE_OPENS * min(max(smile, 0.0), 1.0)
    return {
        "yaw": new["headYaw"],
        "pitch": new["headPitch"],
        "roll": new["headRoll"],
        "jaw": max(gap, 0.0) / JAW_FULL,
        "smile": smile,
        "pucker": new["mouthPucker"] + new["mouthFunnel"],
        "blink_left": _blink(new, "Left"),
        "blink_right": _blink(new, "Right"),
        "brow_left": _brow(new, "Left"),
        "brow_right": _brow(new, "Right"),
        "furrow": FURROW_SHARE * _both(new, "browDown"),
        "gaze_x": new["eyeLookX"],
        "gaze_y": new["eyeLookY"],
    }


def _both(new: Mapping[str, float], axis: str) -> float:
    return (new[f"{axis}Left"] + new[f"{axis}Right"]) / 2


def _blink(new: Mapping[str, float], side: str) -> float:
    squint = SQUINT_FULL * new[f"eyeSquint{side}"]
    return (squint + (SHUT - squint) * new[f"eyeBlink{side}"]) / SHUT


def _brow(new: Mapping[str, float], side: str) -> float:
    raised = (new["browInnerUp"] + new[f"browOuterUp{side}"]) / 2
    return raised - new[f"browDown{side}"]
