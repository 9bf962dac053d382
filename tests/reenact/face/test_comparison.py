"""Single motions of a face in numbers, compared with its neutral one."""

from dataclasses import replace

import pytest

from reenact.axes import AXES
from reenact.face.comparison import compare
from reenact.face.measures import FaceMeasures
from reenact.face.neutral_face import GENERIC


def moved(**changes: float) -> dict[str, float]:
    """What is read when these measures change by so much."""
    values = {name: getattr(GENERIC, name) + change for name, change in changes.items()}
    return compare(replace(GENERIC, **values), GENERIC)


def both(name: str, change: float) -> dict[str, float]:
    return {f"{name}_left": change, f"{name}_right": change}


def test_neutral_face_is_zero_on_every_axis() -> None:
    read = moved()

    assert sorted(read) == sorted(AXES)
    assert set(read.values()) == {0.0}


@pytest.mark.parametrize("gap", [0.01, 0.02, 0.05])
def test_lips_that_part_by_a_little_show(gap: float) -> None:
    spoken = moved(lips=gap, chin=gap / 2)

    assert spoken["jawOpen"] == pytest.approx(gap / 0.3)


def test_teeth_of_a_grin_are_no_open_jaw() -> None:
    grin = moved(lips=0.15, nose_to_lip=-0.07, chin=0.01, mouth=0.15, **both("corner", 0.06))

    assert grin["jawOpen"] < 0.15
    assert grin["mouthUpperUp"] > 0.5
    assert grin["mouthLowerDown"] > 0.3
    assert min(grin["mouthSmileLeft"], grin["mouthSmileRight"]) > 0.7


@pytest.mark.parametrize(("side", "other"), [("Left", "Right"), ("Right", "Left")])
def test_each_corner_of_the_mouth_moves_alone(side: str, other: str) -> None:
    smiling = moved(**{f"corner_{side.lower()}": 0.06})
    frowning = moved(**{f"corner_{side.lower()}": -0.05})

    assert smiling[f"mouthSmile{side}"] > 0.5
    assert frowning[f"mouthFrown{side}"] > 0.5
    assert smiling[f"mouthSmile{other}"] == frowning[f"mouthFrown{other}"] == 0


def test_mouth_that_shifts_to_the_images_right_goes_to_its_owners_left() -> None:
    assert moved(shift=0.09)["mouthLeft"] == pytest.approx(1.0)
    assert moved(shift=-0.09)["mouthRight"] == pytest.approx(1.0)


def test_rounded_lips_are_a_pucker_when_shut_and_a_funnel_when_open() -> None:
    shut, opened = moved(mouth=-0.12), moved(mouth=-0.15, lips=0.14, chin=0.08)

    assert shut["mouthPucker"] > 0.6
    assert shut["mouthFunnel"] == 0
    assert opened["mouthFunnel"] > 0.6
    assert opened["mouthPucker"] == 0


def test_lips_without_their_red_are_pressed() -> None:
    assert moved(red=-0.05)["mouthPress"] > 0.6
    assert moved(red=-0.05, mouth=0.15, **both("corner", 0.05))["mouthPress"] < 0.25


def test_eyes_of_a_grin_squint_and_are_not_shut() -> None:
    grin = moved(**both("eye", -0.3 * GENERIC.eye_left), **both("cheek", 0.05))

    assert grin["eyeSquintLeft"] > 0.7
    assert grin["eyeBlinkLeft"] == 0


@pytest.mark.parametrize("cheek", [0.0, 0.05], ids=["calm", "grinning"])
def test_shut_eyes_are_shut_with_a_grin_or_without(cheek: float) -> None:
    blink = moved(**both("eye", -0.75 * GENERIC.eye_left), **both("cheek", cheek))

    assert blink["eyeBlinkLeft"] >= 1.0


def test_eye_that_opens_more_than_at_rest_is_wide() -> None:
    read = moved(eye_left=0.03)

    assert read["eyeWideLeft"] > 0.7
    assert read["eyeWideRight"] == read["eyeBlinkLeft"] == 0


def test_brows_are_read_by_side_and_by_end() -> None:
    outer = moved(brow_left=0.025, tilt_left=-0.06)
    down = moved(brow_right=-0.035)

    assert outer["browOuterUpLeft"] > 0.8
    assert outer["browOuterUpRight"] == outer["browInnerUp"] == 0
    assert down["browDownRight"] > 0.7
    assert down["browDownLeft"] == 0


@pytest.mark.parametrize("turn", [{"yaw": 0.3}, {"roll": 0.5}], ids=str)
def test_rigid_turn_moves_nothing_in_the_face(turn: dict[str, float]) -> None:
    read = moved(**turn)

    assert max(value for axis, value in read.items() if not axis.startswith("head")) < 0.2


def test_far_side_follows_the_near_one() -> None:
    def turned_away(face: FaceMeasures) -> FaceMeasures:
        return replace(face, yaw=0.45)

    winked = turned_away(replace(GENERIC, eye_left=0.02))

    assert compare(winked, turned_away(GENERIC))["eyeBlinkLeft"] < 0.05
