"""The renderer: framing, direction of every motion, determinism. Small pictures, to be quick."""

from dataclasses import fields, replace

import numpy as np
import pytest

from reenact.avatars import layout as at
from reenact.avatars.contact_sheet import SHEET_MOTIONS, draw_people, make_motion
from reenact.avatars.frame import frame_constants
from reenact.avatars.mixed_people import mix_people
from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.people import ABOUT, PEOPLE, find_person
from reenact.avatars.person import Colour, Person
from reenact.avatars.renderer import (
    eye_and_mouth_centres,
    render,
    render_batch,
    render_cutout,
)
from reenact.axes import AXES, FACE_AXES, HEAD_AXES
from reenact.types import Image

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

    assert len(set(names)) == len(names) >= 16
    assert set(ABOUT) == set(names)
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
    ("axis", "x_sign", "y_sign"), [("headYaw", 1, 0), ("headPitch", 0, 1), ("headRoll", 1, 0)]
)
def test_head_turns_to_the_documented_side(axis: str, x_sign: int, y_sign: int) -> None:
    turned = frame_constants(ADA, make_motion({axis: 0.3}))[:9].reshape(3, 3)
    towards = turned[:, 1] if axis == "headRoll" else turned[:, 2]

    assert np.sign(np.round(towards[:2], 6)).tolist()[: 1 if axis == "headRoll" else 2] == (
        [x_sign] if axis == "headRoll" else [x_sign, y_sign]
    )


@pytest.mark.parametrize("eye", [0, 1], ids=["right", "left"])
def test_gaze_moves_the_dark_iris(eye: int) -> None:
    person = find_person("kofi")

    def iris_at(**values: float) -> tuple[float, float]:
        return _dark_centre(_eye_box(render(person, make_motion(values), 96), person, eye))

    assert iris_at(eyeLookX=1.0)[0] > iris_at(eyeLookX=-1.0)[0] + 3.0
    assert iris_at(eyeLookY=1.0)[1] < iris_at(eyeLookY=-1.0)[1] - 1.0


@pytest.mark.parametrize(("axis", "moved"), [("eyeBlinkRight", 0), ("eyeBlinkLeft", 1)])
def test_a_wink_changes_only_its_own_eye(axis: str, moved: int) -> None:
    still, wink = render(ADA, NEUTRAL, SIZE), render(ADA, make_motion({axis: 1.0}), SIZE)

    changes = [_change(_eye_box(still, ADA, eye), _eye_box(wink, ADA, eye)) for eye in (0, 1)]
    assert changes[moved] > 20.0
    assert changes[1 - moved] < 1.0


def test_closed_eyes_hide_the_iris() -> None:
    shut = make_motion({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})

    def green(image: Image) -> int:
        box = _eye_box(image, ADA, 0).astype(int)
        return int((box[..., 1] > box[..., 0] + 15).sum())

    assert green(render(ADA, NEUTRAL, SIZE)) > 5
    assert green(render(ADA, shut, SIZE)) == 0


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_is_visible_and_grows(axis: str) -> None:
    end = 0.4 if axis in HEAD_AXES else 1.0
    still, half, full = (render(ADA, make_motion({axis: v * end}), SIZE) for v in (0.0, 0.5, 1.0))

    assert 0.05 < _change(still, half) < _change(still, full)


@pytest.mark.parametrize(
    "axis",
    ["mouthSmile", "mouthFrown", "eyeBlink", "eyeWide", "eyeSquint", "browOuterUp", "browDown"],
)
def test_left_and_right_are_mirror_images(axis: str) -> None:
    first, second = (
        frame_constants(ADA, make_motion({f"{axis}{side}": 0.7})) for side in ("Left", "Right")
    )

    assert sorted(first.tolist()) == pytest.approx(sorted(second.tolist()))


def test_all_frames_are_pictures() -> None:
    rng = np.random.default_rng(1)
    people = PEOPLE
    motions = np.stack([random_motion(rng) for _ in people])

    pictures = render_batch(people, motions, 32)

    assert np.isfinite([frame_constants(p, m) for p, m in zip(people, motions, strict=True)]).all()
    assert pictures.shape == (len(PEOPLE), 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert all(picture.std() > 15.0 for picture in pictures)


def test_random_motions_reach_the_ends_and_stay_in_range() -> None:
    rng = np.random.default_rng(2)
    motions = np.stack([random_motion(rng) for _ in range(2000)])

    limits = np.array([0.6, 0.4, 0.4, *[1.0] * (len(AXES) - 3)], np.float32)
    assert (np.abs(motions) <= limits + 1e-6).all()
    assert (np.abs(motions).max(axis=0) > 0.95 * limits).all()
    assert (motions[:, [AXES.index(axis) for axis in FACE_AXES]] >= 0.0).all()
    both_shut = (motions[:, AXES.index("eyeBlinkLeft")] > 0.99) & (
        motions[:, AXES.index("eyeBlinkRight")] > 0.99
    )
    assert 0.1 < both_shut.mean() < 0.25


def test_sheet_moves_every_axis() -> None:
    assert (np.abs(np.stack(SHEET_MOTIONS)).max(axis=0) > 0.0).all()


def test_sheet_has_a_row_for_each_person_and_a_column_for_each_motion() -> None:
    motions = (NEUTRAL, make_motion({"mouthSmileLeft": 1.0}), make_motion({"jawOpen": 1.0}))

    sheet = draw_people(PEOPLE[:2], 16, motions)

    gap = 4
    assert sheet.shape == (gap + 2 * (16 + gap), gap + 3 * (16 + gap), 3)
    np.testing.assert_array_equal(sheet[gap : gap + 16, gap : gap + 16], render(ADA, NEUTRAL, 16))


def _mouth_box(image: Image, person: Person) -> Image:
    size = image.shape[0]
    x, y = eye_and_mouth_centres(person, NEUTRAL, size)[2]
    rows = slice(int(y - 0.06 * size), int(y + 0.09 * size))
    return image[rows, int(x - 0.12 * size) : int(x + 0.12 * size)]


def _white_share(image: Image) -> float:
    """Share of pixels as bright in green and blue as teeth are and ada's lips and skin are not."""
    red, green, blue = np.moveaxis(image.astype(float), 2, 0)
    return float(((green > 0.86 * red) & (blue > 0.82 * red) & (red > 90)).mean())


@pytest.mark.parametrize("axis", ["mouthUpperUp", "mouthLowerDown"])
def test_lips_part_over_teeth_without_the_jaw(axis: str) -> None:
    still, parted = (render(ADA, make_motion({axis: value}), 128) for value in (0.0, 1.0))

    assert _white_share(_mouth_box(still, ADA)) == 0.0
    assert _white_share(_mouth_box(parted, ADA)) > 0.02


def test_a_smile_keeps_the_lips_closed() -> None:
    smile = make_motion({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0})

    f = frame_constants(ADA, smile)
    assert f[at.GAP_UP] == f[at.GAP_LOW] == 0.0
    assert _white_share(_mouth_box(render(ADA, smile, 128), ADA)) == 0.0


def test_lips_that_part_a_little_are_seen() -> None:
    still = render(ADA, NEUTRAL, 128)
    speaks = render(ADA, make_motion({"jawOpen": 0.08}), 128)

    assert _change(_mouth_box(still, ADA), _mouth_box(speaks, ADA)) > 3.0


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_a_squint_never_shuts_an_eye(person: Person) -> None:
    squint = dict.fromkeys(
        ("eyeSquintLeft", "eyeSquintRight", "mouthSmileLeft", "mouthSmileRight", "browDownLeft"),
        1.0,
    )
    lidded = frame_constants(person, make_motion(squint | {"eyeLookY": -1.0}))
    still = frame_constants(person, NEUTRAL)

    for side in (0, 1):
        opening = lidded[at.LID_UP_R + side] - lidded[at.LID_LOW_R + side]
        assert opening > 0.3 * (still[at.LID_UP_R + side] - still[at.LID_LOW_R + side])


def test_a_cutout_has_the_picture_where_it_is_opaque_and_nothing_outside() -> None:
    motion = make_motion({"headYaw": 0.3, "mouthSmileLeft": 1.0})
    picture, cutout = render(ADA, motion, SIZE), render_cutout(ADA, motion, SIZE)
    alpha = cutout[..., 3]

    assert cutout.shape == (SIZE, SIZE, 4)
    assert 0.3 < (alpha == 255).mean() < 0.9
    assert 0.0 < ((alpha > 0) & (alpha < 255)).mean() < 0.2
    same = np.abs(picture.astype(int) - cutout[..., :3])[alpha == 255]
    assert (same.max(axis=1) > 2).mean() < 0.02  # rays of edges inside the head
    assert not cutout[alpha == 0].any()


def test_no_backdrop_gets_into_the_colour_of_an_edge() -> None:
    loud, quiet = (replace(ADA, background=colour) for colour in ((0.0, 1.0, 0.0), (0.5, 0.5, 0.5)))

    first, second = (render_cutout(person, NEUTRAL, SIZE) for person in (loud, quiet))

    np.testing.assert_array_equal(first, second)


def test_a_cutout_over_the_backdrop_is_the_picture() -> None:
    grey = replace(ADA, background=(0.0, 0.0, 0.0))
    picture, cutout = render(grey, NEUTRAL, SIZE), render_cutout(grey, NEUTRAL, SIZE)

    over = cutout[..., :3] * (cutout[..., 3:] / 255.0)
    assert np.abs(over - picture).mean() < 1.0


def test_mixed_people_have_the_shape_of_one_and_the_colours_of_the_other() -> None:
    kofi = find_person("kofi")
    mixed = mix_people(kofi, ADA)

    assert (mixed.hair, mixed.beard, mixed.skin, mixed.shirt) == (
        kofi.hair,
        kofi.beard,
        ADA.skin,
        ADA.shirt,
    )
    colours = {field.name for field in fields(Person) if field.type == Colour}
    changed = {f.name for f in fields(Person) if getattr(mixed, f.name) != getattr(kofi, f.name)}
    assert len(colours) == 8
    assert changed <= colours | {"blush"}
    assert {"skin", "hair_colour", "lip_colour", "iris", "shirt", "blush"} <= changed
