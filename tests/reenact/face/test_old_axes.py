"""Expressions on the new axes, shown by packs with the old thirteen."""

import pytest

from reenact.axes import AXES
from reenact.face.old_axes import to_old_axes
from reenact.types import EXPRESSION_AXES


def old(**values: float) -> dict[str, float]:
    return to_old_axes(dict.fromkeys(AXES, 0.0) | values)


def both(axis: str, value: float) -> dict[str, float]:
    return {f"{axis}Left": value, f"{axis}Right": value}


def test_neutral_stays_neutral() -> None:
    assert old() == dict.fromkeys(EXPRESSION_AXES, 0.0)


@pytest.mark.parametrize(
    ("values", "axis", "value"),
    [
        ({"headYaw": 0.3}, "yaw", 0.3),
        ({"jawOpen": 0.4}, "jaw", 0.4),
        ({"mouthUpperUp": 0.6, "mouthLowerDown": 0.6}, "jaw", 0.4),
        (both("mouthSmile", 0.7), "smile", 0.7),
        (both("mouthFrown", 0.7), "smile", -0.7),
        ({"mouthSmileLeft": 0.8, "mouthFrownRight": 0.8}, "smile", 0.0),
        ({"mouthPucker": 0.5}, "pucker", 0.5),
        ({"mouthFunnel": 0.5}, "pucker", 0.5),
        ({"eyeBlinkLeft": 1.0}, "blink_left", 1.0),
        ({"eyeBlinkLeft": 1.0, "eyeSquintLeft": 1.0}, "blink_left", 1.0),
        ({"browInnerUp": 0.6, "browOuterUpLeft": 0.6}, "brow_left", 0.6),
        ({"browDownRight": 0.6}, "brow_right", -0.6),
        ({"eyeLookX": -0.5}, "gaze_x", -0.5),
    ],
    ids=str,
)
def test_each_motion_is_shown_by_its_old_axis(
    values: dict[str, float], axis: str, value: float
) -> None:
    assert old(**values)[axis] == pytest.approx(value, abs=1e-9)


def test_squint_narrows_the_eye_and_does_not_shut_it() -> None:
    assert 0.2 < old(eyeSquintLeft=1.0)["blink_left"] < 0.6
