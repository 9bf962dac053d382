"""Evaluation of avatars, with a fake renderer whose pictures carry their motion in their pixels."""

import json
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from reenact.evaluate.avatar_scores import MUST_FOLLOW, AvatarScores
from reenact.evaluate.avatars import Draw, compare, evaluate_avatars
from reenact.evaluate.picture_scores import PictureScores
from reenact.face import landmarks as lm
from reenact.types import EXPRESSION_AXES, Image, Points
from tools.puppet.face_motion import moved_plane
from tools.puppet.head_mesh import HeadMesh, head_mesh
from tools.puppet.warper import SAMPLE_SIZE, find_landmarks, sample_photo

Motion = npt.NDArray[np.float32]
PEOPLE = ("ada", "ben")


@pytest.fixture(scope="module")
def landmarks() -> Points:
    return find_landmarks(sample_photo())


@pytest.fixture(scope="module")
def find_face(landmarks: Points) -> Callable[[Image], Points | None]:
    mesh = head_mesh(landmarks, SAMPLE_SIZE)

    def find(picture: Image) -> Points | None:
        if not picture.any():
            return None
        return face_doing(mesh, picture[0, : len(EXPRESSION_AXES), 0] / 100 - 1.2)

    return find


def face_doing(mesh: HeadMesh, motion: npt.NDArray[np.float64]) -> Points:
    value = dict(zip(EXPRESSION_AXES, motion.tolist(), strict=True))
    plane = moved_plane(mesh.neutral, motion.astype(np.float32))
    for iris in lm.IRIS.values():
        plane[list(iris)] += [0.1 * value["gaze_x"], -0.06 * value["gaze_y"]]
    return mesh.posed(plane, value["yaw"], value["pitch"], value["roll"])[:478]


def drawn(name: str, motion: Motion) -> Image:
    """A picture that nobody would recognise, but `find_face` does."""
    picture = np.full((32, 32, 3), 10 * len(name), np.uint8)
    picture[0, : len(motion), 0] = np.round((motion + 1.2) * 100)
    return picture


def without(axis: str) -> Draw:
    def draw(name: str, motion: Motion) -> Image:
        still = motion.copy()
        still[EXPRESSION_AXES.index(axis)] = 0
        return drawn(name, still)

    return draw


def motions(count: int = 40) -> list[Motion]:
    rng = np.random.default_rng(3)
    low = [-0.5, -0.3, -0.3, 0, -1, 0, 0, 0, -1, -1, 0, -1, -1]
    high = [0.5, 0.3, 0.3, 1, 1, 0.2, 1, 1, 1, 1, 1, 1, 1]
    return [rng.uniform(low, high).astype(np.float32) for _ in range(count)]


def scores(generate: Draw, find_face: Callable[[Image], Points | None]) -> AvatarScores:
    return compare(PEOPLE, motions(), generate=generate, truth=drawn, find_face=find_face)


def test_a_perfect_generator_misses_nothing(
    find_face: Callable[[Image], Points | None],
) -> None:
    assert scores(drawn, find_face).missing() == []


@pytest.mark.parametrize("axis", MUST_FOLLOW)
def test_an_axis_that_is_ignored_falls_short(
    axis: str, find_face: Callable[[Image], Points | None]
) -> None:
    missing = scores(without(axis), find_face).missing()
    assert any(line.startswith(f"{axis} follows") for line in missing)


def test_the_truth_is_readable_from_landmarks(
    find_face: Callable[[Image], Points | None],
) -> None:
    ceilings = {score.axis: score.ceiling for score in scores(drawn, find_face).axes}
    assert min(ceilings[axis] for axis in MUST_FOLLOW) > 0.85


def test_a_still_avatar_scores_zero_without_complaint(
    find_face: Callable[[Image], Points | None],
) -> None:
    def still(name: str, motion: Motion) -> Image:
        return drawn(name, np.zeros_like(motion))

    assert {score.generated for score in scores(still, find_face).axes} == {0.0}


def test_faces_that_are_not_found_are_counted(
    find_face: Callable[[Image], Points | None],
) -> None:
    def half_blank(name: str, motion: Motion) -> Image:
        return drawn(name, motion) if name == "ada" else np.zeros((32, 32, 3), np.uint8)

    result = scores(half_blank, find_face)
    assert (result.detected, result.detected_ceiling) == (0.5, 1.0)


def test_eyes_that_stay_open_fall_short(find_face: Callable[[Image], Points | None]) -> None:
    assert not scores(without("blink_left"), find_face).shut_eyes.shut


def test_an_identity_of_its_own_level_is_no_error(
    find_face: Callable[[Image], Points | None],
) -> None:
    def grinning_ben(name: str, motion: Motion) -> Image:
        smile = EXPRESSION_AXES.index("smile")
        shifted = 0.3 * motion
        shifted[smile] += 0.6 if name == "ben" else -0.6
        return drawn(name, shifted)

    by_axis = {score.axis: score for score in scores(grinning_ben, find_face).axes}
    assert by_axis["smile"].generated > 0.85


def test_too_few_samples_are_refused(find_face: Callable[[Image], Points | None]) -> None:
    with pytest.raises(ValueError, match="at least 4"):
        compare(PEOPLE, motions(3), generate=drawn, truth=drawn, find_face=find_face)


def test_table_names_every_axis_and_what_is_short(
    find_face: Callable[[Image], Points | None],
) -> None:
    table = scores(without("smile"), find_face).table()
    assert all(axis in table for axis in EXPRESSION_AXES)
    assert "short: smile follows" in table


def test_json_holds_the_ratios(find_face: Callable[[Image], Points | None]) -> None:
    numbers = json.loads(scores(drawn, find_face).to_json())
    assert {axis["ratio"] for axis in numbers["axes"] if axis["axis"] in MUST_FOLLOW} == {1.0}


def test_equal_pictures_reach_the_cap_of_psnr(landmarks: Points) -> None:
    pictures = PictureScores()
    pictures.add(sample_photo(), sample_photo(), landmarks)
    assert pictures.psnr_db == pytest.approx(58.9, abs=0.1)


def test_an_error_of_one_step_is_48_db() -> None:
    pictures = PictureScores()
    grey = np.full((16, 16, 3), 100, np.uint8)
    pictures.add(grey + np.uint8(1), grey, None)
    assert pictures.psnr_db == pytest.approx(48.13, abs=0.01)


@pytest.mark.parametrize("region", ["eyes", "mouth"])
def test_blurred_features_score_as_less_sharp(region: str, landmarks: Points) -> None:
    import cv2

    blurred = np.asarray(cv2.GaussianBlur(sample_photo(), (0, 0), 3), np.uint8)
    pictures = PictureScores()
    pictures.add(blurred, sample_photo(), landmarks)
    assert pictures.sharpness(region) < 0.5


def test_pictures_of_another_size_are_refused() -> None:
    small, large = np.zeros((8, 8, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)
    with pytest.raises(ValueError, match=r"\(9, 9, 3\), got \(8, 8, 3\)"):
        PictureScores().add(small, large, None)


@pytest.mark.slow
def test_bundled_pack_is_measured_against_the_renderer() -> None:
    from reenact.packs.pack import load_pack
    from reenact.reenactor import Reenactor

    reenactor = Reenactor(load_pack(), device="cpu")
    result = evaluate_avatars(reenactor, samples=4, identities=reenactor.pack.identities[:2])
    reenactor.close()
    assert result.detected_ceiling == 1.0
    assert len(result.axes) == len(EXPRESSION_AXES)
