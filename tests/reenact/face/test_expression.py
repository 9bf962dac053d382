"""Expressions read from a real face that is moved by known amounts."""

import json
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from reenact.axes import AXES
from reenact.face import landmarks as lm
from reenact.face.expression import RANGES, ExpressionReader, shape
from reenact.face.measures import measure
from reenact.types import EXPRESSION_AXES, FaceCrop, Points
from tests.support.faces import face, mirrored_face, turned, with_landmarks

SIDES = {"blink_left": "blink_right", "brow_left": "brow_right"}


def read(crop: FaceCrop, *, neutral: FaceCrop | None = None) -> dict[str, float]:
    """What a reader that knows the neutral face says."""
    reader = ExpressionReader(EXPRESSION_AXES, neutral=measure((neutral or face()).landmarks))
    return dict(zip(EXPRESSION_AXES, reader.read(crop, 0.0).tolist(), strict=True))


def test_neutral_face_reads_as_nothing() -> None:
    reader = ExpressionReader(EXPRESSION_AXES, neutral=measure(face().landmarks))

    values = reader.read(face(), 0.0)

    assert values.shape == (13,)
    assert values.dtype == np.float32
    assert (values == 0).all()


FOLLOWED = [  # axis, what is done, least and most that may be read
    ("yaw", 0.4, 0.3, 0.5),
    ("yaw", -0.4, -0.5, -0.3),
    ("pitch", 0.25, 0.15, 0.35),
    ("pitch", -0.25, -0.35, -0.15),
    ("roll", 0.3, 0.25, 0.35),
    ("roll", -0.3, -0.35, -0.25),
    ("jaw", 0.5, 0.4, 0.75),
    ("jaw", 1.0, 0.85, 1.0),
    ("smile", 0.5, 0.3, 0.7),
    ("smile", 1.0, 0.8, 1.0),
    ("smile", -1.0, -1.0, -0.5),
    ("pucker", 1.0, 0.7, 1.0),
    ("blink_left", 1.0, 0.95, 1.0),
    ("blink_right", 1.0, 0.92, 1.0),
    ("blink_left", 0.5, 0.2, 0.6),
    ("brow_left", 1.0, 0.5, 1.0),
    ("brow_right", 1.0, 0.5, 1.0),
    ("gaze_x", 1.0, 0.8, 1.0),
    ("gaze_x", -1.0, -1.0, -0.8),
    ("gaze_y", 1.0, 0.3, 1.0),
    ("gaze_y", -1.0, -1.0, -0.1),
]


@pytest.mark.parametrize(("axis", "done", "least", "most"), FOLLOWED)
def test_motion_is_read_with_its_sign_and_size(
    axis: str, done: float, least: float, most: float
) -> None:
    assert least <= read(face(**{axis: done}))[axis] <= most


QUIET = [  # what is done, what must not be seen, how much of it may be
    ({"jaw": 0.3}, "pucker", 0.05),
    ({"jaw": 0.6}, "pucker", 0.1),
    ({"jaw": 1.0}, "smile", 0.4),
    ({"smile": 1.0}, "pucker", 0.0),
    ({"smile": -1.0}, "pucker", 0.1),
    ({"smile": 1.0}, "jaw", 0.15),
    ({"pucker": 1.0}, "smile", 0.2),
    ({"pucker": 1.0}, "jaw", 0.1),
    ({"blink_left": 1.0}, "blink_right", 0.1),
    ({"blink_right": 1.0}, "blink_left", 0.1),
    ({"blink_left": 1.0, "blink_right": 1.0}, "gaze_y", 0.15),
    ({"brow_left": 1.0}, "brow_right", 0.45),
    ({"gaze_y": -1.0}, "blink_left", 0.2),
    ({"yaw": 0.6}, "blink_left", 0.15),
    ({"yaw": -0.6}, "blink_right", 0.15),
    ({"yaw": 0.6}, "furrow", 0.15),
    ({"yaw": 0.6}, "smile", 0.2),
    ({"yaw": 0.6}, "jaw", 0.1),
    ({"yaw": -0.6}, "pucker", 0.1),
    ({"pitch": 0.4}, "blink_left", 0.15),
    ({"pitch": -0.4}, "jaw", 0.1),
]


@pytest.mark.parametrize(("done", "axis", "most"), QUIET, ids=str)
def test_motion_is_not_read_elsewhere(done: dict[str, float], axis: str, most: float) -> None:
    assert abs(read(face(**done))[axis]) <= most


@pytest.mark.parametrize("yaw", [-0.6, 0.6])
def test_both_eyes_shut_when_the_head_is_turned(yaw: float) -> None:
    values = read(face(yaw=yaw, blink_left=1.0, blink_right=1.0))

    assert min(values["blink_left"], values["blink_right"]) > 0.8


@pytest.mark.parametrize(
    ("yaw", "lids", "axis"),
    [(0.45, lm.LID_PAIRS["left"], "blink_left"), (-0.45, lm.LID_PAIRS["right"], "blink_right")],
    ids=["left", "right"],
)
def test_far_eye_that_is_measured_half_shut_stays_open(
    yaw: float, lids: tuple[tuple[int, int], ...], axis: str
) -> None:
    landmarks = face().landmarks.copy()
    for upper, lower in lids:
        landmarks[upper] += 0.3 * (landmarks[lower] - landmarks[upper])

    assert read(with_landmarks(turned(landmarks, yaw=yaw)))[axis] < 0.1


@pytest.mark.parametrize(
    "pose", [{"yaw": 0.4}, {"yaw": -0.3, "roll": 0.3}, {"pitch": 0.3}, {"pitch": -0.3}], ids=str
)
def test_rigid_turn_is_read_as_nothing_but_a_turn(pose: dict[str, float]) -> None:
    values = read(with_landmarks(turned(face().landmarks, **pose)))

    others = [values[axis] for axis in EXPRESSION_AXES[3:] if not axis.startswith("gaze")]
    assert np.abs(others).max() < 0.3
    for axis, angle in pose.items():
        assert values[axis] * np.sign(angle) > 0.8 * abs(angle)


@pytest.mark.parametrize("done", [{"yaw": 0.4}, {"roll": 0.3}, {"gaze_x": 0.8}, {"smile": 0.8}])
def test_mirrored_picture_is_read_mirrored(done: dict[str, float]) -> None:
    (axis,) = done
    mirrored, neutral = mirrored_face(**done), mirrored_face()

    sign = -1 if axis in ("yaw", "roll", "gaze_x") else 1
    assert read(mirrored, neutral=neutral)[axis] == pytest.approx(
        sign * read(face(**done))[axis], abs=0.15
    )


@pytest.mark.parametrize("axis", SIDES)
def test_mirrored_picture_swaps_left_and_right(axis: str) -> None:
    mirrored, neutral = mirrored_face(**{axis: 1.0}), mirrored_face()

    values = read(mirrored, neutral=neutral)

    assert values[SIDES[axis]] > 0.4
    assert values[axis] < 0.3 + 0.1 * axis.startswith("brow")  # the warp moves the other brow too


@pytest.mark.parametrize(
    "change",
    [lambda points: 2.5 * points, lambda points: points + np.array([300, -50, 0])],
    ids=["larger", "elsewhere"],
)
def test_size_and_place_in_the_frame_do_not_matter(change: Callable[[Points], Points]) -> None:
    moved = with_landmarks(change(face(smile=0.5, gaze_x=0.5).landmarks))

    expected = read(face(smile=0.5, gaze_x=0.5))
    assert read(moved) == pytest.approx(expected, abs=1e-5)


def test_gain_of_an_axis_multiplies_it() -> None:
    plain, doubled = (
        ExpressionReader(EXPRESSION_AXES, neutral=measure(face().landmarks), gains=gains).read(
            face(yaw=0.2), 0.0
        )
        for gains in (None, {"yaw": 2.0})
    )

    assert doubled[0] == pytest.approx(2 * plain[0], rel=1e-5)
    assert (doubled[1:] == plain[1:]).all()


def test_gain_of_an_unknown_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"gains must be of headYaw, .*, got wink"):
        ExpressionReader(gains={"wink": 1.0})


def test_shape_keeps_every_axis_in_its_range() -> None:
    axes = (*AXES, *EXPRESSION_AXES)
    for sign in (-1, 1):
        values = shape(np.full(len(axes), sign * 50.0), axes)
        for axis, value in zip(axes, values.tolist(), strict=True):
            least, most = RANGES[axis]
            assert value == pytest.approx(most if sign > 0 else least, abs=1e-6)


def test_shape_never_falls_and_never_jumps() -> None:
    inputs = np.linspace(-2, 2, 2001)

    outputs = np.stack([shape(np.full(29, value), AXES) for value in inputs])

    steps = np.diff(outputs, axis=0)
    assert steps.min() >= 0
    assert steps.max() <= 1.01 * (inputs[1] - inputs[0])


def watch(
    reader: ExpressionReader, crop: FaceCrop, frames: int, start: int = 0
) -> list[npt.NDArray[np.float32]]:
    return [reader.read(crop, (start + i) / 30) for i in range(frames)]


def largest(values: npt.NDArray[np.floating]) -> float:
    return float(np.abs(values).max())


def test_calm_first_frame_is_the_neutral_face_at_once() -> None:
    assert largest(watch(ExpressionReader(EXPRESSION_AXES), face(), 1)[0]) < 0.02


def test_neutral_face_learnt_from_a_calm_second_is_as_good_as_a_given_one() -> None:
    reader = ExpressionReader(EXPRESSION_AXES)
    watch(reader, face(), 40)

    assert (
        largest(watch(reader, face(smile=1.0), 1, 40)[0] - list(read(face(smile=1.0)).values()))
        < 0.05
    )


@pytest.mark.parametrize(
    "done", [{"jaw": 0.8}, {"blink_left": 1.0, "blink_right": 1.0}, {"yaw": 0.6}]
)
def test_neutral_face_is_not_learnt_from(done: dict[str, float]) -> None:
    reader = ExpressionReader(EXPRESSION_AXES)
    watch(reader, face(**done), 15)
    watch(reader, face(), 60, 15)

    assert largest(watch(reader, face(), 1, 75)[0]) < 0.05


def test_blinks_of_the_first_second_do_not_lower_the_open_eye() -> None:
    reader = ExpressionReader(EXPRESSION_AXES)
    half_shut = face(blink_left=0.5, blink_right=0.5)
    for i in range(40):
        watch(reader, half_shut if i % 5 < 2 else face(), 1, i)

    values = dict(zip(EXPRESSION_AXES, watch(reader, face(), 1, 40)[0], strict=True))
    shut = watch(reader, face(blink_left=1.0, blink_right=1.0), 1, 41)[0]
    assert values["blink_left"] < 0.02
    assert shut[EXPRESSION_AXES.index("blink_left")] > 0.95


def test_neutral_face_is_learnt_without_a_jump() -> None:
    reader = ExpressionReader(EXPRESSION_AXES)
    watch(reader, face(jaw=0.8), 5)

    values = watch(reader, face(), 60, 5)

    assert largest(np.diff(values, axis=0)) < 0.15


def test_recalibration_learns_another_neutral_face_without_a_jump() -> None:
    reader, other = ExpressionReader(EXPRESSION_AXES), face(smile=0.5)
    watch(reader, face(), 40)
    reader.recalibrate()

    values = watch(reader, other, 90, 40)

    assert largest(values[0] - list(read(other).values())) < 0.1
    assert largest(np.diff(values, axis=0)) < 0.15
    assert largest(values[-1]) < 0.05


def test_given_neutral_face_is_kept() -> None:
    reader = ExpressionReader(EXPRESSION_AXES, neutral=measure(face().landmarks))

    values = watch(reader, face(smile=0.5), 60)

    assert (values[0] == values[-1]).all()


def test_restored_reader_continues_exactly() -> None:
    crops = [face(), face(smile=0.5), face(yaw=0.2), face(jaw=0.5)] * 5
    whole, first, second = (ExpressionReader(EXPRESSION_AXES) for _ in range(3))
    expected = [whole.read(crop, i / 30) for i, crop in enumerate(crops)][9:]
    for i in range(9):
        first.read(crops[i], i / 30)

    second.restore(json.loads(json.dumps(first.state())))

    went_on = [second.read(crops[i], i / 30) for i in range(9, 20)]
    np.testing.assert_array_equal(went_on, expected)
