"""Measures of a real face, and of its points moved by hand."""

import numpy as np
import pytest

from reenact.face import landmarks as lm
from reenact.face.measures import FaceMeasures, measure
from tests.support.faces import face, turned


def test_numbers_and_fields_are_in_one_order() -> None:
    numbers = np.arange(24.0)

    assert (FaceMeasures.of_numbers(numbers.tolist()).numbers() == numbers).all()
    assert FaceMeasures.of_numbers(numbers.tolist()).roll == 2.0


def test_lengths_do_not_depend_on_pose_or_size() -> None:
    landmarks = face().landmarks.copy()
    for side in lm.SIDES:
        corners = landmarks[list(lm.EYE_CORNERS[side]), 2]
        landmarks[lm.IRIS[side][0], 2] = corners.mean()

    moved = 2 * turned(landmarks, yaw=0.3, roll=0.5)

    lengths = slice(3, 20)
    np.testing.assert_allclose(
        measure(moved).numbers()[lengths], measure(landmarks).numbers()[lengths], atol=1e-9
    )


@pytest.mark.parametrize("side", lm.SIDES)
def test_gaze_of_each_eye_is_in_its_own_widths(side: str) -> None:
    landmarks = face().landmarks.copy()
    before = getattr(measure(landmarks), f"gaze_x_{side}")
    first, last = landmarks[list(lm.EYE_LINE[side])]
    landmarks[lm.IRIS[side][0]] += 0.1 * (last - first)

    assert getattr(measure(landmarks), f"gaze_x_{side}") - before == pytest.approx(0.1, abs=0.01)


def test_given_landmarks_are_left_as_they_are() -> None:
    landmarks = face().landmarks.copy()
    measure(landmarks)

    np.testing.assert_array_equal(landmarks, face().landmarks)
