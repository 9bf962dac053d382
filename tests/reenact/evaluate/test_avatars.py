"""Evaluation of avatars, with a fake renderer whose pictures carry their motion in their pixels."""

import json

import numpy as np
import numpy.typing as npt
import pytest

from reenact.evaluate.avatar_scores import MUST_FOLLOW, AvatarScores
from reenact.evaluate.avatars import Draw, compare, evaluate_avatars
from reenact.evaluate.picture_scores import PictureScores
from reenact.types import EXPRESSION_AXES, Image, Points
from tests.support.faces import blend, face, picture

Motion = npt.NDArray[np.float32]
PEOPLE = ("ada", "ben")


def find_face(shown: Image) -> Points | None:
    """The face that does what is written in the picture's first row."""
    if not shown.any():
        return None
    motion = shown[0, : len(EXPRESSION_AXES), 0] / 100 - 1.2
    return blend(dict(zip(EXPRESSION_AXES, motion.tolist(), strict=True)))


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


def scores(generate: Draw) -> AvatarScores:
    return compare(PEOPLE, motions(), generate=generate, truth=drawn, find_points=find_face)


def test_a_perfect_generator_misses_nothing() -> None:
    assert scores(drawn).missing() == []


@pytest.mark.parametrize("axis", MUST_FOLLOW)
def test_an_axis_that_is_ignored_falls_short(axis: str) -> None:
    missing = scores(without(axis)).missing()
    assert any(line.startswith(f"{axis} follows") for line in missing)


def test_the_truth_is_readable_from_landmarks() -> None:
    ceilings = {score.axis: score.ceiling for score in scores(drawn).axes}
    assert min(ceilings[axis] for axis in MUST_FOLLOW) > 0.85


def test_a_still_avatar_scores_zero_without_complaint() -> None:
    def still(name: str, motion: Motion) -> Image:
        return drawn(name, np.zeros_like(motion))

    assert {score.generated for score in scores(still).axes} == {0.0}


def test_faces_that_are_not_found_are_counted() -> None:
    def half_blank(name: str, motion: Motion) -> Image:
        return drawn(name, motion) if name == "ada" else np.zeros((32, 32, 3), np.uint8)

    result = scores(half_blank)
    assert (result.detected, result.detected_ceiling) == (0.5, 1.0)


def test_eyes_that_stay_open_fall_short() -> None:
    assert not scores(without("blink_left")).shut_eyes.shut


def test_an_identity_of_its_own_level_is_no_error() -> None:
    def grinning_ben(name: str, motion: Motion) -> Image:
        smile = EXPRESSION_AXES.index("smile")
        shifted = 0.3 * motion
        shifted[smile] += 0.6 if name == "ben" else -0.6
        return drawn(name, shifted)

    by_axis = {score.axis: score for score in scores(grinning_ben).axes}
    assert by_axis["smile"].generated > 0.85


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        compare(PEOPLE, motions(3), generate=drawn, truth=drawn, find_points=find_face)


def test_table_names_every_axis_and_what_is_short() -> None:
    table = scores(without("smile")).table()
    assert all(axis in table for axis in EXPRESSION_AXES)
    assert "short: smile follows" in table


def test_json_holds_the_ratios() -> None:
    numbers = json.loads(scores(drawn).to_json())
    assert {axis["ratio"] for axis in numbers["axes"] if axis["axis"] in MUST_FOLLOW} == {1.0}


def test_equal_pictures_reach_the_cap_of_psnr() -> None:
    pictures = PictureScores()
    pictures.add(picture(), picture(), face().landmarks)
    assert pictures.psnr_db == pytest.approx(58.9, abs=0.1)


def test_an_error_of_one_step_is_48_db() -> None:
    pictures = PictureScores()
    grey = np.full((16, 16, 3), 100, np.uint8)
    pictures.add(grey + np.uint8(1), grey, None)
    assert pictures.psnr_db == pytest.approx(48.13, abs=0.01)


@pytest.mark.parametrize("region", ["eyes", "mouth"])
def test_blurred_features_score_as_less_sharp(region: str) -> None:
    import cv2

    blurred = np.asarray(cv2.GaussianBlur(picture(), (0, 0), 3), np.uint8)
    pictures = PictureScores()
    pictures.add(blurred, picture(), face().landmarks)
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
