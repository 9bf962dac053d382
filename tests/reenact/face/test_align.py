"""Finding and keeping the face of a photograph."""

import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from reenact.errors import TrackerError
from reenact.face.align import FaceAligner
from reenact.face.geometry import LOWER, ffhq_quad, transform, warp
from reenact.face.landmarks import CHIN, FOREHEAD
from reenact.media.preview import scale
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER
from reenact.types import FaceCrop, Frame, Image, Points
from tests.support.photograph import FACE_X, FACE_Y, photo, rotated, rotation, scene

FPS = 30


@pytest.fixture(scope="module")
def shared() -> Iterator[FaceAligner]:
    with FaceAligner() as aligner:
        yield aligner


@pytest.fixture
def aligner(shared: FaceAligner) -> FaceAligner:
    shared.reset()
    return shared


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


def test_square_of_dlib_is_lower_by_the_same_in_every_frame(aligner: FaceAligner) -> None:
    moving = [np.roll(photo(), 6 * index, axis=1) for index in range(4)]
    with FaceAligner(as_dlib=True) as lowered:
        for index, image in enumerate(moving):
            face, lower = aligner.align(frame(image, index)), lowered.align(frame(image, index))
            assert face is not None
            assert lower is not None
            moved = transform(lower.crop_from_frame, face.landmarks) - transform(
                face.crop_from_frame, face.landmarks
            )
            np.testing.assert_allclose(moved[:, :2], [[0.0, -LOWER * 256]] * 478, atol=1e-6)


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
        face = aligner.align(frame(rotated(7.5 * step), step))

    assert np.abs(centre(face) - 256).max() < 15


def error(face: FaceCrop | None, degrees: float, upright: FaceCrop | None) -> float:
    """Mean distance of the points from where the rotation takes those of the upright photograph."""
    assert face is not None
    assert upright is not None
    expected = transform(rotation(degrees), upright.landmarks)
    return float(np.hypot(*(face.landmarks - expected)[:, :2].T).mean())


@pytest.mark.parametrize("degrees", range(0, 360, 30))
def test_face_is_found_right_whichever_way_up(aligner: FaceAligner, degrees: int) -> None:
    upright = aligner.align(frame(photo()))
    aligner.reset()

    assert error(aligner.align(frame(rotated(degrees))), degrees, upright) < 4  # of 165


@pytest.mark.parametrize("degrees", [90, 180, 210, 270])
def test_camera_that_is_turned_over_at_once_does_not_lead_astray(
    aligner: FaceAligner, degrees: int
) -> None:
    upright = aligner.align(frame(photo()))
    aligner.reset()
    for index in range(3):
        aligner.align(frame(rotated(0), index))
    faces = [aligner.align(frame(rotated(degrees), 3 + index)) for index in range(3)]

    assert [face is None for face in faces] in ([False] * 3, [True, False, False])
    assert max(error(face, degrees, upright) for face in faces if face is not None) < 4


def test_small_face_is_found_upside_down(aligner: FaceAligner) -> None:
    turned = np.ascontiguousarray(scene(720, 1280, (900, 400, 310))[::-1, ::-1])

    face = aligner.align(frame(turned))

    assert face is not None
    assert np.abs(centre(face) - [1280 - 900 - 0.44 * 310, 720 - 400 - 0.225 * 310]).max() < 10
    assert face.landmarks[CHIN, 1] < face.landmarks[FOREHEAD, 1]


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


@pytest.fixture(scope="module")
def clip() -> list[Image]:
    return [each.image for each in islice(read_frames(DRIVER, probe_video(DRIVER)), 12)]


def cut(image: Image, height: int, width: int) -> Image:
    """The middle of the picture, as large as it fits: what a camera of another aspect shows."""
    factor = max(height / image.shape[0], width / image.shape[1])
    large = scale(image, round(factor * image.shape[1]), round(factor * image.shape[0]))
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(large[top : top + height, left : left + width])


@pytest.mark.parametrize(
    ("height", "width"),
    [
        *[(120, 160), (180, 240), (240, 320), (960, 1280), (1920, 2560)],  # 0.25 to 4 times
        *[(720, 1280), (640, 480), (464, 640), (180, 320)],  # another aspect
    ],
)
def test_frames_of_another_size_lose_no_face_and_move_no_crop(
    aligner: FaceAligner, clip: list[Image], height: int, width: int
) -> None:
    def noses(images: list[Image]) -> Points:
        aligner.reset()
        faces = [aligner.align(frame(image, index)) for index, image in enumerate(images)]
        seen = [face for face in faces if face is not None]
        return np.stack([transform(face.crop_from_frame, face.landmarks)[4, :2] for face in seen])

    alike = noses(clip)
    resized = noses([*clip[:6], *(cut(image, height, width) for image in clip[6:])])

    assert len(resized) == len(clip)
    assert np.abs(resized - alike).max() < 2.5  # of 256, what the loss of detail does to a face


def test_frames_of_another_size_let_no_other_face_take_over(aligner: FaceAligner) -> None:
    aligner.align(frame(scene(480, 960, (0, 100, 400)), 0))
    both = scene(480, 960, (0, 100, 400), (450, 100, 500))

    halved = aligner.align(frame(scale(both, 480, 240), 1))
    widened = aligner.align(frame(cut(both, 480, 880), 2))

    assert centre(halved)[0] < 150
    assert centre(widened)[0] < 300


def test_restored_aligner_knows_the_size_of_its_frames(
    aligner: FaceAligner, clip: list[Image]
) -> None:
    for index, image in enumerate(clip[:3]):
        aligner.align(frame(image, index))
    state = json.loads(json.dumps(aligner.state()))
    aligner.reset()
    aligner.restore(state)

    assert aligner.align(frame(cut(clip[3], 120, 160), 3)) is not None


@pytest.mark.parametrize(("height", "width"), [(4, 20000), (20000, 4), (100, 60000)])
def test_thin_picture_shows_no_face_soon(aligner: FaceAligner, height: int, width: int) -> None:
    assert aligner.align(frame(np.zeros((height, width, 3), np.uint8))) is None


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
