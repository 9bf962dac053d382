"""Signals of a face's motion in any picture: plain ratios of MediaPipe landmarks.

Raw and absolute: no neutral, no smoothing, no gains, so that the same measure fits people, renders
and generated faces. For comparing pictures; `reenact.face.expression` is what drives avatars.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.types import EXPRESSION_AXES, Points

SIGNAL_AXES = EXPRESSION_AXES
"""Every axis of an expression has a signal of the same name that rises with it."""


def measure_signals(landmarks: Points) -> dict[str, float]:
    """Measure one number for each of `SIGNAL_AXES` from (478, 3) pixels, z as large as a pixel.

    yaw, pitch, roll: radians, with an offset of each face's own. The rest: lengths in the head's
    own frame over the distance of the temples; blinks are 1 - opening / width of the eye.
    """
    right, down, away = head_axes(landmarks)
    ahead = _unit(landmarks[lm.NOSE_TIP] - landmarks[list(lm.EARS.values())].mean(axis=0))
    width = np.linalg.norm(np.diff(landmarks[list(lm.TEMPLES.values())], axis=0))
    points = landmarks @ np.stack([right, down, away]).T / width
    return {
        "yaw": float(np.arctan2(-away[0], away[2])),
        # Each of the two is led astray by the mouth, in opposite directions.
        "pitch": float((np.arcsin(away[1]) + np.arcsin(-ahead[1])) / 2),
        "roll": float(np.arctan2(right[1], down[1])),
        **_mouth(points),
        **_eyes(landmarks, points),
        **_brows(points),
    }


def head_axes(landmarks: Points) -> npt.NDArray[np.float64]:
    """Rows of unit vectors (3, 3): the picture's right, down and away, as the head is turned.

    Right from temples and cheek bones, down from forehead to chin.
    """
    ends = {side: landmarks[[lm.TEMPLES[side], lm.CHEEK_BONES[side]]] for side in lm.SIDES}
    right = _unit((ends["left"] - ends["right"]).sum(axis=0))
    down = landmarks[lm.CHIN] - landmarks[lm.FOREHEAD]
    down = _unit(down - right * (down @ right))
    return np.stack([right, down, np.cross(right, down)])


def eye_opening(landmarks: Points) -> tuple[float, float]:
    """Mean distance of the lids over the width of the eye in the picture: (left, right)."""
    left, right = (
        _gap(landmarks, lm.LID_PAIRS[side]) / _distance(landmarks, *lm.EYE_CORNERS[side])
        for side in lm.SIDES
    )
    return left, right


def _mouth(points: Points) -> dict[str, float]:
    corners = points[list(lm.MOUTH_CORNERS.values())]
    middle = points[[index for pair in lm.INNER_LIP_PAIRS for index in pair], 1].mean()
    width = float(np.linalg.norm(corners[1] - corners[0]))
    raised = corners[:, 1].mean()
    # A smile lifts the corners above the lips' middle and towards the nose, and draws them apart;
    # the jaw moves the middle too, which is why the other two count.
    smile = float(middle - raised + 0.3 * (points[lm.NOSE_BASE, 1] - raised)) + 0.25 * width
    return {"jaw": _gap(points, lm.INNER_LIP_PAIRS), "smile": smile, "pucker": -width}


def _eyes(landmarks: Points, points: Points) -> dict[str, float]:
    left, right = eye_opening(points)
    gaze_x, gaze_y = np.mean([_gaze(landmarks, side) for side in lm.SIDES], axis=0)
    return {
        "blink_left": 1 - left,
        "blink_right": 1 - right,
        "gaze_x": float(gaze_x),
        "gaze_y": float(gaze_y),
    }


def _gaze(landmarks: Points, side: str) -> tuple[float, float]:
    """Shift of the iris along the line of the eye's corners and up from it, in widths of the eye.

    In the picture, because MediaPipe guesses how deep an iris lies.
    """
    first, second = landmarks[list(lm.EYE_LINE[side]), :2]
    along = second - first
    x, y = landmarks[lm.IRIS[side][0], :2] - (first + second) / 2
    size = along @ along
    return float((x * along[0] + y * along[1]) / size), float((x * along[1] - y * along[0]) / size)


def _brows(points: Points) -> dict[str, float]:
    heights = [
        float(
            points[list(lm.EYE_LINE[side]), 1].mean() - points[list(lm.UPPER_BROW[side]), 1].mean()
        )
        for side in lm.SIDES
    ]
    pairs = zip(lm.INNER_BROW["right"], lm.INNER_BROW["left"], strict=True)
    between = np.mean([_distance(points, *pair) for pair in pairs])
    return {"brow_left": heights[0], "brow_right": heights[1], "furrow": -float(between)}


def _gap(points: Points, pairs: Sequence[tuple[int, int]]) -> float:
    return float(np.mean([_distance(points, *pair) for pair in pairs]))


def _distance(points: Points, first: int, second: int) -> float:
    return float(np.linalg.norm(points[first, :2] - points[second, :2]))


def _unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector), np.float64)
