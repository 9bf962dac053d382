"""The puppet: a photograph that moves as told, so that what reads faces reads what was asked."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from reenact.errors import NoFaceError
from reenact.evaluate.signals import eye_opening, measure_signals
from reenact.face import landmarks as lm
from reenact.face.align import FaceAligner
from reenact.face.stills import find_face
from reenact.media.video_probe import probe_video
from reenact.types import EXPRESSION_AXES, Image, Points
from tools.puppet.choreography import (
    CALM_S,
    DURATION_S,
    FRAME_RATE,
    FRAMES,
    SYLLABLES,
    known_motion,
)
from tools.puppet.face_motion import FaceAxes, moved_plane, neutral_plane
from tools.puppet.head_mesh import head_mesh, head_rotation
from tools.puppet.mesh_raster import texture_from_picture
from tools.puppet.warper import SAMPLE_SIZE, Puppet, find_landmarks, sample_photo

DRIVER = Path(__file__).parents[2] / "reenact" / "packs_data" / "driver.mp4"
FOLLOWED = ("yaw", "pitch", "roll", "jaw", "smile", "blink_left", "blink_right", "gaze_x")


def motion(**values: float) -> npt.NDArray[np.float32]:
    return np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


@pytest.fixture(scope="module")
def landmarks_of() -> Iterator[Callable[[Image], Points]]:
    """What MediaPipe sees in a picture, on its own."""
    with FaceAligner() as aligner:

        def find(picture: Image) -> Points:
            face = find_face(picture, aligner)
            assert face is not None
            return face.landmarks

        yield find


@pytest.fixture(scope="module")
def landmarks() -> Points:
    return find_landmarks(sample_photo())


@pytest.fixture(scope="module")
def puppet(landmarks: Points) -> Puppet:
    return Puppet(landmarks=landmarks)


@pytest.fixture(scope="module")
def choreography(
    puppet: Puppet, landmarks_of: Callable[[Image], Points]
) -> tuple[npt.NDArray[np.float64], dict[str, list[float]]]:
    """Known motions (N, 13) of every seventh frame, and the signals read from its picture."""
    times = np.arange(0, FRAMES, 7) / float(FRAME_RATE)
    readings = [
        measure_signals(landmarks_of(puppet.frame(known_motion(t)))) for t in times.tolist()
    ]
    motions = np.array([known_motion(t) for t in times.tolist()], np.float64)
    return motions, {axis: [reading[axis] for reading in readings] for axis in EXPRESSION_AXES}


def test_frame_is_a_vga_picture(puppet: Puppet) -> None:
    frame = puppet.frame(motion())
    assert (frame.shape, frame.dtype) == ((*SAMPLE_SIZE, 3), np.dtype(np.uint8))


def test_same_motion_gives_the_same_picture(puppet: Puppet, landmarks: Points) -> None:
    wild = motion(yaw=0.4, jaw=0.7, blink_left=0.5)
    again = Puppet(landmarks=landmarks).frame(wild)
    np.testing.assert_array_equal(puppet.frame(wild), again)


@pytest.mark.parametrize("axis", FOLLOWED)
def test_landmarks_follow_the_choreography(
    axis: str, choreography: tuple[npt.NDArray[np.float64], dict[str, list[float]]]
) -> None:
    motions, readings = choreography
    asked = motions[:, EXPRESSION_AXES.index(axis)]
    assert np.corrcoef(asked, readings[axis])[0, 1] >= 0.9


@pytest.mark.parametrize(
    ("axis", "low", "high"),
    [
        *((axis, -0.4, 0.4) for axis in ("yaw", "pitch", "roll")),
        *((axis, 0.0, 1.0) for axis in ("jaw", "pucker", "blink_left", "blink_right")),
        *((axis, -0.4, 1.0) for axis in ("brow_left", "brow_right")),
        *((axis, -1.0, 1.0) for axis in ("smile", "gaze_x", "gaze_y")),
    ],
)
def test_signal_rises_with_its_axis(
    puppet: Puppet, landmarks_of: Callable[[Image], Points], axis: str, low: float, high: float
) -> None:
    readings = [
        measure_signals(landmarks_of(puppet.frame(motion(**{axis: value}))))[axis]
        for value in (low, (low + high) / 2, high)
    ]
    assert readings == sorted(readings)


def test_shut_eyes_read_as_shut(puppet: Puppet, landmarks_of: Callable[[Image], Points]) -> None:
    opened = eye_opening(landmarks_of(puppet.frame(motion())))
    shut = eye_opening(landmarks_of(puppet.frame(motion(blink_left=1, blink_right=1))))
    assert max(np.divide(shut, opened)) < 0.4


def test_one_eye_shuts_alone(puppet: Puppet, landmarks_of: Callable[[Image], Points]) -> None:
    left, right = eye_opening(landmarks_of(puppet.frame(motion(blink_left=1))))
    assert left < 0.6 * right


def test_shut_lid_covers_the_iris(puppet: Puppet, landmarks: Points) -> None:
    x, y = landmarks[lm.IRIS["left"][0], :2].astype(int)
    skin = puppet.frame(motion(blink_left=1))[y - 2 : y + 2, x - 2 : x + 2]
    assert skin.mean() > puppet.frame(motion())[y - 2 : y + 2, x - 2 : x + 2].mean() + 40


def test_background_keeps_still(puppet: Puppet) -> None:
    turned = puppet.frame(motion(yaw=0.5, pitch=-0.3, roll=0.3, jaw=1))
    difference = np.abs(turned[-40:, :40].astype(int) - puppet.frame(motion())[-40:, :40])
    assert difference.max() <= 2


@pytest.mark.parametrize("sign", [-1, 1])
def test_mesh_has_no_cracks_in_extreme_poses(landmarks: Points, sign: int) -> None:
    mesh = head_mesh(landmarks, SAMPLE_SIZE)
    plane = moved_plane(mesh.neutral, motion(jaw=1, smile=sign, brow_left=1))
    points = mesh.posed(plane, 0.6 * sign, 0.4 * sign, 0.4)
    seen = texture_from_picture(points, mesh.triangles, mesh.photo_points, SAMPLE_SIZE)
    assert np.isfinite(seen).all()


def test_photo_without_a_face_is_refused() -> None:
    with pytest.raises(NoFaceError, match="frontal portrait"):
        Puppet(np.full((120, 160, 3), 90, np.uint8))


def test_neutral_face_has_closed_lips(landmarks: Points) -> None:
    plane = neutral_plane(FaceAxes.of(landmarks).to_plane(landmarks))
    upper, lower = plane[list(lm.INNER_UPPER_LIP)], plane[list(lm.INNER_LOWER_LIP)]
    assert np.linalg.norm(upper - lower, axis=1).max() < 0.01


def test_no_motion_leaves_the_neutral_face(landmarks: Points) -> None:
    plane = neutral_plane(FaceAxes.of(landmarks).to_plane(landmarks))
    np.testing.assert_allclose(moved_plane(plane, motion()), plane)


@pytest.mark.parametrize(
    ("pose", "toward"),
    [
        pytest.param((0.3, 0, 0), (1, 0), id="yaw turns the nose to the image's right"),
        pytest.param((0, 0.3, 0), (0, -1), id="pitch lifts the nose"),
    ],
)
def test_head_turns_as_the_axes_say(
    pose: tuple[float, float, float], toward: tuple[int, int]
) -> None:
    nose = head_rotation(*pose) @ [0, 0, -1]
    assert nose[:2] @ toward > 0.2


def test_roll_tilts_the_top_to_the_images_right() -> None:
    assert (head_rotation(0, 0, 0.3) @ [0, -1, 0])[0] > 0.2


def test_nearer_triangle_hides_the_farther() -> None:
    square = np.array([[0.0, 0, 5], [8, 0, 5], [0, 8, 5], [0, 0, 1], [8, 0, 1], [0, 8, 1]])
    colours = np.array([[0.0, 0]] * 3 + [[7.0, 7]] * 3)
    both = np.array([[3, 4, 5], [0, 1, 2]], np.int32)
    assert (texture_from_picture(square, both, colours, (8, 8))[1, 1] == 7).all()


def test_pixels_outside_every_triangle_see_nothing() -> None:
    corner = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    seen = texture_from_picture(corner, np.array([[0, 1, 2]], np.int32), corner[:, :2], (8, 8))
    assert np.isnan(seen[7, 7]).all()


def test_choreography_begins_calm() -> None:
    assert not any(known_motion(t).any() for t in np.arange(0, CALM_S, 0.05).tolist())


def test_choreography_ends_where_it_begins() -> None:
    assert not known_motion(DURATION_S - 0.01).any()


def test_choreography_repeats() -> None:
    np.testing.assert_allclose(known_motion(DURATION_S + 2.0), known_motion(2.0), atol=1e-6)


def test_choreography_has_no_jumps() -> None:
    track = np.array([known_motion(t) for t in np.arange(0, 10, 0.004).tolist()])
    assert np.abs(np.diff(track, axis=0)).max() < 0.2


def test_every_syllable_opens_the_mouth_to_its_depth() -> None:
    jaw = EXPRESSION_AXES.index("jaw")
    peaks = [known_motion(start + length / 2)[jaw] for start, length, _ in SYLLABLES]
    assert np.allclose(peaks, [depth for *_, depth in SYLLABLES])


def test_bundled_clip_is_ten_seconds_at_2997_with_sound() -> None:
    info = probe_video(DRIVER)
    assert (info.frames, [track.codec for track in info.sound]) == (FRAMES, ["aac"])
    assert info.time_base * info.tail == 1 / FRAME_RATE


def test_bundled_clip_is_small() -> None:
    assert DRIVER.stat().st_size < 1.5e6
