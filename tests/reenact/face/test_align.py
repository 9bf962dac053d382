"""Finding and keeping a real face: `skimage.data.astronaut`, NASA, public domain."""

import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from reenact.errors import TrackerError
from reenact.face.align import CropSmoother, FaceAligner, search_windows
from reenact.face.geometry import ffhq_quad, transform, warp
from reenact.types import FaceCrop, Frame, Image, Points

FPS = 30
FACE_X, FACE_Y = 225.0, 115.0
"""Where the face of the photograph is."""


@pytest.fixture(scope="module")
def shared() -> Iterator[FaceAligner]:
    with FaceAligner() as aligner:
        yield aligner


@pytest.fixture
def aligner(shared: FaceAligner) -> FaceAligner:
    shared.reset()
    return shared


def photo(size: int = 512) -> Image:
    return np.asarray(resize(astronaut(), (size, size), preserve_range=True), np.uint8)


def scene(height: int, width: int, *faces: tuple[int, int, int]) -> Image:
    """Grey, with the upper half of the photograph at each (x, y), `size` wide."""
    canvas = np.full((height, width, 3), 90, np.uint8)
    for x, y, size in faces:
        head = photo(size)[: size // 2]
        canvas[y : y + len(head), x : x + size] = head
    return canvas


def frame(image: Image, index: int = 0) -> Frame:
    return Frame(image, index, Fraction(1, FPS))


def centre(face: FaceCrop | None) -> Points:
    assert face is not None
    return np.asarray(face.landmarks[:, :2].mean(axis=0))


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 5, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_face_is_found_where_it_is(aligner: FaceAligner) -> None:
    assert np.abs(centre(aligner.align(frame(photo()))) - [FACE_X, FACE_Y]).max() < 10


def test_crop_has_the_eyes_where_ffhq_has_them(aligner: FaceAligner) -> None:
    face = aligner.align(frame(photo()))

    assert face is not None
    assert face.image.shape == (256, 256, 3)
    eyes = transform(face.crop_from_frame, face.landmarks[[468, 473]])
    np.testing.assert_allclose(eyes[:, :2], [[96, 122], [160, 122]], atol=4)


def test_first_crop_is_the_ffhq_square_of_its_landmarks(aligner: FaceAligner) -> None:
    face = aligner.align(frame(photo()))

    assert face is not None
    corners = transform(face.crop_from_frame, ffhq_quad(face.landmarks))
    np.testing.assert_allclose(corners, [[0, 0], [0, 256], [256, 256], [256, 0]], atol=1e-6)
    np.testing.assert_array_equal(face.image, warp(photo(), face.crop_from_frame, 256))


def test_depth_is_in_pixels_and_smaller_when_nearer(aligner: FaceAligner) -> None:
    small, large = (aligner.align(frame(photo(size), 60 * size)) for size in (512, 1024))

    assert small is not None
    assert large is not None
    assert small.landmarks[1, 2] < small.landmarks[[234, 454], 2].min() - 30
    depths = np.ptp(large.landmarks[:, 2]), np.ptp(small.landmarks[:, 2])
    assert depths[0] / depths[1] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize(
    "image", [scene(480, 640), noisy(scene(300, 200), 0)], ids=["grey", "noise"]
)
def test_frame_without_a_face_gives_none(aligner: FaceAligner, image: Image) -> None:
    assert aligner.align(frame(image)) is None


def test_cloth_is_not_a_face(aligner: FaceAligner) -> None:
    seen = [aligner.align(frame(noisy(photo()[300:], i), i)) for i in range(6)]

    assert seen == [None] * 6


@pytest.mark.parametrize("turn", [1, 2, 3], ids=["quarter", "half", "three quarters"])
def test_face_turned_while_it_was_followed_is_still_followed(
    aligner: FaceAligner, turn: int
) -> None:
    for step in range(12 * turn + 1):
        angle = np.pi / 24 * step
        middle = np.array([FACE_X, FACE_Y])
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turned = warp(photo(), np.column_stack([rotation, [256, 256] - rotation @ middle]), 512)
        face = aligner.align(frame(turned, step))

    assert np.abs(centre(face) - 256).max() < 15


def test_small_face_in_a_wide_frame_is_found(aligner: FaceAligner) -> None:
    face = aligner.align(frame(scene(720, 1280, (900, 400, 310))))

    assert np.abs(centre(face) - [900 + 0.44 * 310, 400 + 0.225 * 310]).max() < 10


def test_largest_of_several_faces_is_taken(aligner: FaceAligner) -> None:
    face = aligner.align(frame(scene(480, 960, (0, 100, 400), (450, 100, 500))))

    assert centre(face)[0] > 480


def test_larger_passer_by_does_not_take_over(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))

    both = scene(480, 960, (0, 100, 400), (450, 100, 500))
    faces = [aligner.align(frame(both, i)) for i in range(1, 4)]

    assert max(centre(face)[0] for face in faces) < 300


def test_other_face_is_not_taken_while_the_lost_one_may_come_back(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))

    other = scene(480, 960, (450, 100, 400))

    assert aligner.align(frame(other, FPS // 3)) is None


def test_lost_face_is_found_again_beside_another(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))
    aligner.align(frame(scene(480, 960), 1))

    face = aligner.align(frame(scene(480, 960, (20, 110, 400), (450, 100, 500)), 10))

    assert centre(face)[0] < 300


def test_other_face_is_taken_once_the_lost_one_is_forgotten(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))
    other = scene(480, 960, (450, 100, 400))

    face = aligner.align(frame(other, 2 * FPS))

    assert centre(face)[0] > 480


def test_reset_forgets_the_face(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))
    aligner.reset()

    face = aligner.align(frame(scene(480, 960, (0, 100, 400), (450, 100, 500)), 1))

    assert centre(face)[0] > 480


def test_crop_of_a_still_face_is_calmer_than_its_landmarks(aligner: FaceAligner) -> None:
    faces = [aligner.align(frame(noisy(photo(), i), i)) for i in range(24)]

    crops = np.stack([face.crop_from_frame for face in faces if face is not None])
    quads = np.stack([ffhq_quad(face.landmarks) for face in faces if face is not None])
    corners = np.stack([transform(crops[0], quad) for quad in quads])
    measured = np.abs(np.diff(corners[4:], axis=0)).mean()
    shown = np.abs(np.diff([transform(crop, quads[0]) for crop in crops[4:]], axis=0)).mean()
    assert measured > 4 * shown


def test_restored_aligner_continues_exactly(aligner: FaceAligner) -> None:
    images = [noisy(np.roll(photo(), 3 * i, axis=1), i) for i in range(8)]
    expected = [aligner.align(frame(image, i)) for i, image in enumerate(images)][5:]
    aligner.reset()
    for i in range(5):
        aligner.align(frame(images[i], i))
    state = json.loads(json.dumps(aligner.state()))

    with FaceAligner() as second:
        second.restore(state)
        went_on = [second.align(frame(images[i], i)) for i in range(5, 8)]

    for face, whole in zip(went_on, expected, strict=True):
        assert face is not None
        assert whole is not None
        np.testing.assert_array_equal(face.landmarks, whole.landmarks)
        np.testing.assert_array_equal(face.crop_from_frame, whole.crop_from_frame)
        np.testing.assert_array_equal(face.image, whole.image)


def test_state_without_a_face_continues_the_search(aligner: FaceAligner) -> None:
    empty = scene(480, 640)
    aligner.align(frame(empty, 0))
    state = json.loads(json.dumps(aligner.state()))
    aligner.reset()
    aligner.restore(state)

    assert aligner.state() == state
    assert aligner.align(frame(photo(), 1)) is not None


@pytest.mark.parametrize(("height", "width"), [(480, 640), (720, 1280), (1920, 1080), (64, 64)])
def test_search_windows_cover_the_frame_and_overlap(height: int, width: int) -> None:
    whole, *covers = search_windows(height, width)

    assert [window[3] for window in whole] == [max(height, width)]
    for windows in map(np.stack, covers):
        side = windows[0, 3]
        for column, length in ((0, width), (1, height)):
            middles = np.unique(windows[:, column])
            assert middles[0] <= side / 2
            assert middles[-1] >= length - side / 2
            assert (np.diff(middles) <= side / 2).all()


def squares(count: int, *, speed: float = 0.0) -> list[Points]:
    """A crop that moves `speed` of its sides a second to the right."""
    return [np.array([300 + speed * 200 * i / FPS, 200.0, 0.1, 200.0]) for i in range(count)]


def test_crop_goes_along_with_a_fast_turn() -> None:
    smoother, moving = CropSmoother(), squares(15, speed=1.5)

    smooth = [smoother.smooth(square, i / FPS) for i, square in enumerate(moving)]

    assert abs(smooth[-1][0] - moving[-1][0]) < 0.015 * 200


def test_crop_does_not_spin_when_the_angle_wraps() -> None:
    smoother = CropSmoother()
    smoother.smooth(np.array([0.0, 0.0, np.pi - 0.01, 200.0]), 0.0)

    angle = smoother.smooth(np.array([0.0, 0.0, -np.pi + 0.01, 200.0]), 1 / FPS)[2]

    assert abs(angle) > np.pi - 0.02


def test_opencv_without_its_system_libraries_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)

    with pytest.raises(TrackerError, match=r"apt-get install libgl1 libglib2\.0-0\)"):
        FaceAligner()


def test_tracker_keeps_the_terminal_clean() -> None:
    script = (
        "import numpy as np; from fractions import Fraction; from reenact.types import Frame\n"
        "from reenact.face.align import FaceAligner; from skimage.data import astronaut\n"
        "with FaceAligner() as aligner:\n"
        "    assert aligner.align(Frame(astronaut(), 0, Fraction(1, 30)))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"", b"")


def test_closing_twice_does_no_harm() -> None:
    aligner = FaceAligner()
    aligner.close()
    aligner.close()
