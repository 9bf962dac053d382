"""Learning a neutral face from numbers, and telling a driver what calibration waits for."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from reenact.face.calibration import Calibration, calibration_hint, why_not_calm
from reenact.face.comparison import compare
from reenact.face.measures import FaceMeasures
from reenact.face.neutral_face import GENERIC
from tests.support.faces import face

OWN = replace(GENERIC, eye_left=0.15, eye_right=0.14, brow_left=0.35, mouth=0.62)
TALKING = replace(OWN, lips=0.3)


def feed(calibration: Calibration, now: FaceMeasures, frames: int, start: int = 0) -> FaceMeasures:
    """The neutral face after that many equal frames at 30 a second."""
    for i in range(frames):
        neutral = calibration.update(now, (start + i) / 30)
    return neutral


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"eye_left": 0.03}, "blink"),
        ({"lips": 0.15}, "talking"),
        ({"yaw": 0.5}, "away"),
        ({"pitch": -0.5}, "away"),
        ({"roll": 0.7}, "away"),
    ],
    ids=str,
)
def test_blink_open_mouth_or_turn_is_not_calm(change: dict[str, float], reason: str | None) -> None:
    assert why_not_calm(replace(OWN, **change)) == reason


def test_who_speaks_from_the_first_frame_has_closed_lips_and_own_eyes_at_once() -> None:
    neutral = feed(Calibration(), TALKING, 1)

    assert neutral.lips < 0.01
    assert (neutral.eye_left, neutral.brow_left) == (OWN.eye_left, OWN.brow_left)
    assert neutral.mouth == GENERIC.mouth


def test_first_frame_is_trusted_when_calm() -> None:
    assert feed(Calibration(), OWN, 1).mouth == pytest.approx(OWN.mouth, abs=0.015)


def speech(seconds: float) -> list[FaceMeasures]:
    """A person who speaks and blinks all the time; the lips meet now and then."""
    rng = np.random.default_rng(0)
    frames = []
    for i in range(round(30 * seconds)):
        gap = max(0.12 * (1 + math.sin(i / 2.5)) - 0.04, 0.0)
        eyes = 0.02 if i % 90 in (10, 11, 12) else float(rng.normal(0.12, 0.004))
        mouth = OWN.mouth + 0.05 * math.sin(i / 4)
        frames.append(replace(OWN, lips=gap, mouth=mouth, eye_left=eyes, eye_right=eyes))
    return frames


def learn(frames: list[FaceMeasures]) -> FaceMeasures:
    calibration = Calibration()
    for i, now in enumerate(frames):
        neutral = calibration.update(now, i / 30)
    return neutral


def test_stream_that_begins_in_speech_ends_where_a_calm_one_does() -> None:
    calm = replace(OWN, eye_left=0.12, eye_right=0.12)

    spoken, known = learn(speech(4)), learn([calm] * 30 + speech(3))

    for name in ("eye_left", "mouth", "lips", "corner_left", "brow_left"):
        assert getattr(spoken, name) == pytest.approx(getattr(known, name), abs=0.012), name


def test_narrow_eyes_are_open_eyes() -> None:
    narrow = replace(OWN, eye_left=0.055, eye_right=0.055)

    assert why_not_calm(narrow) is None
    assert compare(narrow, feed(Calibration(), narrow, 1))["eyeBlinkLeft"] < 0.01


def test_neutral_face_moves_slowly() -> None:
    calibration = Calibration()
    faces = [calibration.update(now, i / 30).numbers() for i, now in enumerate(speech(5))]

    assert np.abs(np.diff(faces, axis=0)).max() < 0.008


def test_old_looks_are_forgotten_by_and_by() -> None:
    calibration = Calibration()
    feed(calibration, OWN, 30)

    later = feed(calibration, replace(OWN, brow_left=0.3), 30 * 45, 30)
    assert later.brow_left == pytest.approx(0.3, abs=1e-3)


def test_neutral_face_that_was_asked_for_is_kept() -> None:
    calibration = Calibration(1.0)
    feed(calibration, OWN, 60)
    calibration.restart()

    assert feed(calibration, TALKING, 5, 60).brow_left == pytest.approx(OWN.brow_left, abs=1e-3)
    lower = replace(OWN, brow_left=0.3)
    assert feed(calibration, lower, 90, 65).brow_left == pytest.approx(0.3, abs=1e-2)
    assert feed(calibration, OWN, 300, 155).brow_left == pytest.approx(0.3, abs=1e-2)


def test_known_face_is_not_learnt_over_until_a_restart() -> None:
    calibration = Calibration(known=GENERIC)

    assert feed(calibration, OWN, 60) == GENERIC
    calibration.restart()
    assert feed(calibration, OWN, 90, 60).mouth == pytest.approx(OWN.mouth, abs=1e-2)


def test_restored_calibration_continues_exactly() -> None:
    whole, second = Calibration(), Calibration()
    feed(whole, TALKING, 3)
    feed(whole, OWN, 4, 3)
    second.restore(json.loads(json.dumps(whole.state())))

    other = replace(OWN, gaze_x_left=0.1)
    assert feed(second, other, 20, 7) == feed(whole, other, 20, 7)


def test_neutral_face_is_learnt_upside_down_too() -> None:
    """A camera that hangs from the ceiling: the head's own roll is what is left."""
    calibration = Calibration()
    upside_down = replace(OWN, roll=math.pi - 0.1)

    assert why_not_calm(upside_down) is None
    assert feed(calibration, upside_down, 40).roll == pytest.approx(math.pi - 0.1)
    assert calibration.learnt_s >= 1.0
    tilted = replace(OWN, roll=-math.pi + 0.1)  # across the seam of angles
    raw = compare(tilted, feed(calibration, tilted, 1, 40))
    assert raw["headRoll"] == pytest.approx(0.2)


def test_neutral_face_is_the_same_when_the_camera_is_turned_over() -> None:
    calibration = Calibration()
    feed(calibration, replace(OWN, roll=0.1), 40)

    neutral = feed(calibration, replace(OWN, roll=math.pi + 0.1), 40, 40)

    assert math.remainder(neutral.roll, 2 * math.pi) == pytest.approx(0.1 - math.pi)
    assert neutral.mouth == pytest.approx(OWN.mouth, abs=0.015)


def test_who_lies_on_one_side_does_not_fall_to_the_other() -> None:
    calibration = Calibration()
    feed(calibration, OWN, 40)
    rolls = [math.radians(degrees) for degrees in (60, 85, 95, 120, 95, 85)]

    read = [
        compare(replace(OWN, roll=roll), feed(calibration, replace(OWN, roll=roll), 1, 40 + i))
        for i, roll in enumerate(rolls)
    ]

    assert [each["headRoll"] > 1.0 for each in read] == [True] * 6


def test_neutral_picture_may_be_upside_down() -> None:
    calibration = Calibration(known=replace(OWN, roll=math.pi))

    assert feed(calibration, OWN, 1).roll == pytest.approx(0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("motion", "state"),
    [
        ({}, "look"),
        ({"blink_left": 1.0, "blink_right": 1.0}, "blink"),
        ({"jaw": 1.0}, "talking"),
        ({"yaw": 0.55}, "away"),
    ],
    ids=["neutral", "blinking", "talking", "turned"],
)
def test_driver_is_told_what_calibration_waits_for(motion: dict[str, float], state: str) -> None:
    assert calibration_hint(face(**motion), 0.4).state == state


def test_missing_face_is_away() -> None:
    assert calibration_hint(None, 0.4).state == "away"


def test_nothing_is_asked_of_a_calibrated_driver() -> None:
    done = calibration_hint(None, -0.1)
    assert (done.state, done.left_s) == ("done", 0.0)
