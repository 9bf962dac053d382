"""The FFHQ square against Pillow and the published recipe, and the cutting of pictures."""

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from reenact.face.geometry import (
    LOWER,
    compose,
    crop_from_quad,
    ffhq_quad,
    invert,
    lower_as_dlib,
    quad_of_square,
    square_of_quad,
    transform,
    warp,
)
from reenact.types import Points

RIGHT_EYE = [33, 160, 158, 133, 153, 144]
LEFT_EYE = [362, 385, 387, 263, 373, 380]


def random_landmarks(seed: int) -> Points:
    """A mesh whose eyes and mouth are about where a face has them, turned and scaled at random."""
    random = np.random.default_rng(seed)
    points = random.uniform(-1, 1, (478, 2))
    points[RIGHT_EYE] = random.normal([-0.35, -0.3], 0.05, (6, 2))
    points[LEFT_EYE] = random.normal([0.35, -0.3], 0.05, (6, 2))
    points[[61, 291]] = random.normal([[-0.25, 0.5], [0.25, 0.5]], 0.1)
    angle, size = random.uniform(-0.6, 0.6), random.uniform(30, 60)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ turn.T * size + random.uniform(230, 280, 2))


def published_quad(landmarks: Points) -> Points:
    """FFHQ's own lines, on its own pixel coordinates (centres at whole numbers)."""
    lm = landmarks - 0.5
    eye_left = np.mean(lm[RIGHT_EYE], axis=0)
    eye_right = np.mean(lm[LEFT_EYE], axis=0)
    eye_avg = (eye_left + eye_right) * 0.5
    eye_to_eye = eye_right - eye_left
    mouth_avg = (lm[61] + lm[291]) * 0.5
    eye_to_mouth = mouth_avg - eye_avg
    x = eye_to_eye - np.flipud(eye_to_mouth) * [-1, 1]
    x /= np.hypot(*x)
    x *= max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    y = np.flipud(x) * [-1, 1]
    c = eye_avg + eye_to_mouth * 0.1
    return np.stack([c - x - y, c - x + y, c + x + y, c + x - y])


def sampled_by_pillow(quad: Points, size: int) -> npt.NDArray[np.float64]:
    """(size, size, 2): where `Image.transform(QUAD)` reads, by reading pictures of x and of y."""
    ramps = np.meshgrid(np.arange(512, dtype=np.float32), np.arange(512, dtype=np.float32))
    corners = tuple((quad + 0.5).ravel())
    quad_mode, bilinear = PIL.Image.Transform.QUAD, PIL.Image.Resampling.BILINEAR
    read = [
        PIL.Image.fromarray(ramp).transform((size, size), quad_mode, corners, bilinear)
        for ramp in ramps
    ]
    return np.stack([np.asarray(image, dtype=np.float64) for image in read], axis=-1)


@pytest.mark.parametrize("seed", range(8))
def test_crop_samples_where_the_published_recipe_does(seed: int) -> None:
    landmarks, size = random_landmarks(seed), 64

    frame_from_crop = invert(crop_from_quad(ffhq_quad(landmarks), size))

    across = np.arange(size, dtype=np.float64)
    centres = np.stack(np.meshgrid(across, across), axis=-1) + 0.5
    ours = transform(frame_from_crop, centres.reshape(-1, 2)).reshape(size, size, 2) - 0.5
    expected = sampled_by_pillow(published_quad(landmarks), size)
    np.testing.assert_allclose(ours, expected, atol=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_quad_is_the_published_one(seed: int) -> None:
    landmarks = random_landmarks(seed)

    np.testing.assert_allclose(ffhq_quad(landmarks), published_quad(landmarks) + 0.5, atol=1e-9)


def test_depth_does_not_change_the_quad() -> None:
    flat = random_landmarks(0)
    deep = np.column_stack([flat, np.arange(478.0)])

    np.testing.assert_array_equal(ffhq_quad(deep), ffhq_quad(flat))


def test_landmarks_in_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="must span a face"):
        ffhq_quad(np.full((478, 2), 7.0))


def test_square_and_quad_are_each_others_reverse() -> None:
    square = np.array([100.0, 80.0, -2.5, 60.0])

    np.testing.assert_allclose(square_of_quad(quad_of_square(square)), square)


def test_invert_undoes_compose() -> None:
    a, b = (np.random.default_rng(seed).normal(size=(2, 3)) for seed in (1, 2))

    back = compose(invert(b), compose(invert(a), compose(a, b)))

    np.testing.assert_allclose(back, np.eye(2, 3), atol=1e-9)


def test_compose_applies_the_second_first() -> None:
    shift, double = np.array([[1.0, 0, 5], [0, 1, 0]]), np.array([[2.0, 0, 0], [0, 2, 0]])

    np.testing.assert_allclose(transform(compose(shift, double), np.array([[1.0, 1]])), [[7, 2]])


def test_transform_scales_depth_as_lengths() -> None:
    moved = transform(np.array([[0.0, -3, 1], [3, 0, 1]]), np.array([[1.0, 2, 4]]))

    np.testing.assert_allclose(moved, [[-5, 4, 12]])


def picture(height: int, width: int) -> npt.NDArray[np.uint8]:
    smooth = np.random.default_rng(0).uniform(0, 255, (height // 8, width // 8, 3))
    small = PIL.Image.fromarray(smooth.astype(np.uint8))
    return np.asarray(small.resize((width, height), PIL.Image.Resampling.BICUBIC))


def test_warp_shows_what_pillow_shows() -> None:
    frame, quad = picture(480, 512), ffhq_quad(random_landmarks(3))

    ours = warp(frame, crop_from_quad(quad, 200), 200)

    theirs = PIL.Image.fromarray(frame).transform(
        (200, 200), PIL.Image.Transform.QUAD, tuple(quad.ravel()), PIL.Image.Resampling.BILINEAR
    )
    assert np.abs(ours.astype(int) - np.asarray(theirs)).max() <= 2


def test_warp_of_the_whole_picture_is_the_picture() -> None:
    frame = picture(64, 64)

    np.testing.assert_array_equal(warp(frame, np.eye(2, 3), 64), frame)


@pytest.mark.parametrize("shrink", [2, 3, 5, 7.5])
def test_shrinking_averages_instead_of_skipping_pixels(shrink: float) -> None:
    stripes = np.zeros((480, 480, 3), np.uint8)
    stripes[:, ::2] = 255

    small = warp(stripes, np.eye(2, 3) / shrink, int(480 / shrink))

    inside = small[4:-4, 4:-4].astype(int)
    assert np.abs(inside - 127).max() < 50
    assert abs(inside.mean() - 127.5) < 2


@pytest.mark.parametrize("shrink", [1.0, 2.0, 4.0])
def test_shrinking_does_not_shift_the_picture(shrink: float) -> None:
    across = np.tile(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], (256, 1, 3))

    small = warp(across, np.eye(2, 3) / shrink, int(256 / shrink))

    expected = across.reshape(-1, small.shape[1], int(shrink), 3)[0].mean(axis=1)
    assert np.abs(small[10].astype(float) - expected)[2:-2].max() <= 1


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_outside_of_the_frame_is_black_when_asked_for(scale: float) -> None:
    frame = np.full((100, 100, 3), 200, np.uint8)
    shifted = np.array([[scale, 0, 40], [0, scale, 0]])

    cut = warp(frame, shifted, 80, outside="black")

    assert (cut[:20, :38] == 0).all()
    assert (cut[:20, 42:60] == 200).all()


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_outside_of_the_frame_is_its_mirror_image_otherwise(scale: float) -> None:
    frame = np.full((100, 100, 3), 200, np.uint8)

    cut = warp(frame, np.array([[scale, 0, 40], [0, scale, 0]]), 60)

    assert (cut == 200).all()


def test_square_beyond_the_frame_still_gives_a_picture() -> None:
    far_away = crop_from_quad(quad_of_square(np.array([-500.0, 900, 0.3, 400])), 64)

    assert warp(picture(96, 128), far_away, 64).shape == (64, 64, 3)


def test_square_of_dlib_lies_lower_on_the_face_and_is_else_the_same() -> None:
    square = np.array([300.0, 200.0, 0.5, 250.0])
    before = crop_from_quad(quad_of_square(square), 256)

    after = crop_from_quad(quad_of_square(lower_as_dlib(square)), 256)

    points = np.array([[310.0, 180.0], [40.0, 300.0]])
    moved = transform(after, points) - transform(before, points)
    np.testing.assert_allclose(moved, [[0.0, -LOWER * 256]] * 2, atol=1e-9)
