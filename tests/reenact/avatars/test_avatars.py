"""The renderer: framing, direction of every motion, determinism. Small pictures, to be quick."""

import numpy as np
import pytest

from reenact.avatars.contact_sheet import draw_people, make_motion
from reenact.avatars.frame import frame_constants
from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.people import PEOPLE, find_person
from reenact.avatars.person import Person
from reenact.avatars.renderer import eye_and_mouth_centres, render, render_batch
from reenact.types import EXPRESSION_AXES, Image

SIZE = 64
NEUTRAL = make_motion({})
ADA = find_person("ada")


def _eye_box(image: Image, person: Person, eye: int) -> Image:
    x, y = eye_and_mouth_centres(person, NEUTRAL, image.shape[0])[eye]
    reach_x, reach_y = 0.075 * image.shape[0], 0.05 * image.shape[0]
    rows = slice(int(y - reach_y), int(y + reach_y) + 1)
    return image[rows, int(x - reach_x) : int(x + reach_x) + 1]


def _change(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(float) - second.astype(float)).mean())


def _dark_centre(box: Image) -> tuple[float, float]:
    """Mean (x, y) of the darkest pixels' weight."""
    weight = np.clip(90.0 - box.astype(float).mean(axis=2), 0.0, None)
    rows, columns = np.indices(weight.shape)
    total = weight.sum()
    return float((weight * columns).sum() / total), float((weight * rows).sum() / total)


def test_the_same_seed_gives_the_same_motion_and_picture() -> None:
    first, second = (random_motion(np.random.default_rng(3)) for _ in range(2))

    assert np.array_equal(first, second)
    assert np.array_equal(render(ADA, first, 32), render(ADA, second, 32))


def test_every_person_has_a_short_name_of_its_own() -> None:
    names = [person.name for person in PEOPLE]

    assert len(set(names)) == 12
    assert all(name.isascii() and name.islower() for name in names)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_neutral_faces_lie_in_their_ffhq_square(person: Person) -> None:
    right, left, mouth = eye_and_mouth_centres(person, NEUTRAL, 256)

    across, down = left - right, mouth - (left + right) / 2
    x = across - np.array([-down[1], down[0]])
    half = x / np.hypot(*x) * max(2.0 * np.hypot(*across), 1.8 * np.hypot(*down))
    centre = (left + right) / 2 + 0.1 * down
    assert centre == pytest.approx([128.0, 128.0], abs=0.5)
    assert half == pytest.approx([128.0, 0.0], abs=0.5)


def test_the_point_between_the_eyes_stays_pinned() -> None:
    rng = np.random.default_rng(0)
    still = eye_and_mouth_centres(ADA, NEUTRAL)[:2].mean(axis=0)

    for _ in range(20):
        moved = eye_and_mouth_centres(ADA, random_motion(rng))[:2].mean(axis=0)
        assert moved == pytest.approx(still, abs=1e-6)


@pytest.mark.parametrize(
    ("axis", "x_sign", "y_sign"), [("yaw", 1, 0), ("pitch", 0, 1), ("roll", 1, 0)]
)
def test_head_turns_to_the_documented_side(axis: str, x_sign: int, y_sign: int) -> None:
    turned = frame_constants(ADA, make_motion({axis: 0.3}))[:9].reshape(3, 3)
    towards = turned[:, 1] if axis == "roll" else turned[:, 2]

    assert np.sign(np.round(towards[:2], 6)).tolist()[: 1 if axis == "roll" else 2] == (
        [x_sign] if axis == "roll" else [x_sign, y_sign]
    )


@pytest.mark.parametrize("eye", [0, 1], ids=["right", "left"])
def test_gaze_moves_the_dark_iris(eye: int) -> None:
    person = find_person("kofi")

    def iris_at(**values: float) -> tuple[float, float]:
        return _dark_centre(_eye_box(render(person, make_motion(values), 96), person, eye))

    assert iris_at(gaze_x=1.0)[0] > iris_at(gaze_x=-1.0)[0] + 3.0
    assert iris_at(gaze_y=1.0)[1] < iris_at(gaze_y=-1.0)[1] - 1.0


@pytest.mark.parametrize(("axis", "moved"), [("blink_right", 0), ("blink_left", 1)])
def test_a_wink_changes_only_its_own_eye(axis: str, moved: int) -> None:
    still, wink = render(ADA, NEUTRAL, SIZE), render(ADA, make_motion({axis: 1.0}), SIZE)

    changes = [_change(_eye_box(still, ADA, eye), _eye_box(wink, ADA, eye)) for eye in (0, 1)]
    assert changes[moved] > 20.0
    assert changes[1 - moved] < 1.0


def test_closed_eyes_hide_the_iris() -> None:
    shut = make_motion({"blink_left": 1.0, "blink_right": 1.0})

    def green(image: Image) -> int:
        box = _eye_box(image, ADA, 0).astype(int)
        return int((box[..., 1] > box[..., 0] + 15).sum())

    assert green(render(ADA, NEUTRAL, SIZE)) > 5
    assert green(render(ADA, shut, SIZE)) == 0


@pytest.mark.parametrize("axis", EXPRESSION_AXES)
def test_every_axis_is_visible_and_grows(axis: str) -> None:
    end = 0.4 if axis in ("yaw", "pitch", "roll") else 1.0
    still, half, full = (render(ADA, make_motion({axis: v * end}), SIZE) for v in (0.0, 0.5, 1.0))

    assert 0.05 < _change(still, half) < _change(still, full)


@pytest.mark.parametrize(
    ("one", "other"), [("blink_left", "blink_right"), ("brow_left", "brow_right")]
)
def test_left_and_right_are_mirror_images(one: str, other: str) -> None:
    first, second = (frame_constants(ADA, make_motion({axis: 0.7})) for axis in (one, other))

    assert sorted(first.tolist()) == pytest.approx(sorted(second.tolist()))


def test_all_frames_are_pictures() -> None:
    rng = np.random.default_rng(1)
    people = [*PEOPLE, *PEOPLE]
    motions = np.stack([random_motion(rng) for _ in people])

    pictures = render_batch(people, motions, 32)

    assert np.isfinite([frame_constants(p, m) for p, m in zip(people, motions, strict=True)]).all()
    assert pictures.shape == (24, 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert all(picture.std() > 15.0 for picture in pictures)


def test_random_motions_reach_the_ends_and_stay_in_range() -> None:
    rng = np.random.default_rng(2)
    motions = np.stack([random_motion(rng) for _ in range(2000)])

    limits = np.array([0.6, 0.4, 0.4, *[1.0] * 10], np.float32)
    assert (np.abs(motions) <= limits + 1e-6).all()
    assert (np.abs(motions).max(axis=0) > 0.95 * limits).all()
    both_shut = (motions[:, 6] > 0.99) & (motions[:, 7] > 0.99)
    assert 0.1 < both_shut.mean() < 0.25


def test_sheet_has_a_row_for_each_person_and_a_column_for_each_motion() -> None:
    motions = (NEUTRAL, make_motion({"smile": 1.0}), make_motion({"jaw": 1.0}))

    sheet = draw_people(PEOPLE[:2], 16, motions)

    gap = 4
    assert sheet.shape == (gap + 2 * (16 + gap), gap + 3 * (16 + gap), 3)
    np.testing.assert_array_equal(sheet[gap : gap + 16, gap : gap + 16], render(ADA, NEUTRAL, 16))
