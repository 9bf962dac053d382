"""The rigid fit: rotations that are known because the test makes them."""

import numpy as np
import pytest

from reenact.face.head_pose import fit_head, fit_similarity
from tests.support.faces import face, rotation, turned


@pytest.mark.parametrize(
    "pose", [(0.5, 0, 0), (0, 0.3, 0), (0, 0, 0.4), (-0.4, 0.2, -0.3)], ids=str
)
def test_rotation_of_the_points_is_found(pose: tuple[float, float, float]) -> None:
    level = fit_head(face().landmarks)
    untilted = face().landmarks @ rotation(level.yaw, level.pitch, level.roll)

    head = fit_head(untilted @ rotation(*pose).T)

    np.testing.assert_allclose((head.yaw, head.pitch, head.roll), pose, atol=0.01)


def test_points_without_pose_do_not_depend_on_it() -> None:
    level = fit_head(face().landmarks).points

    posed = fit_head(3 * turned(face().landmarks, yaw=0.5, pitch=-0.3, roll=1.0) + 40).points

    np.testing.assert_allclose(posed, level, atol=1e-9)


def test_unit_is_about_the_distance_of_the_outer_eye_corners() -> None:
    points = fit_head(face().landmarks).points

    assert np.linalg.norm(points[263] - points[33]) == pytest.approx(1, abs=0.08)
    assert points[263, 0] > points[33, 0]
    assert points[152, 1] > points[10, 1]


def test_open_jaw_hardly_nods_the_head() -> None:
    assert abs(fit_head(face(jaw=0.8).landmarks).pitch - fit_head(face().landmarks).pitch) < 0.08


def test_similarity_is_exact_where_one_exists() -> None:
    points = np.random.default_rng(0).normal(size=(9, 3))
    turn, shift = rotation(0.3, -0.2, 1.1), np.array([1.0, 2, 3])

    scale, found, moved = fit_similarity(points, 2.5 * points @ turn.T + shift)

    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(found, turn, atol=1e-12)
    np.testing.assert_allclose(moved, shift, atol=1e-12)


def test_fit_never_mirrors() -> None:
    points = np.random.default_rng(0).normal(size=(9, 3))

    _, found, _ = fit_similarity(points, points * [-1, 1, 1])

    assert np.linalg.det(found) == pytest.approx(1)


def test_mesh_without_irises_is_refused() -> None:
    with pytest.raises(ValueError, match=r"landmarks must be \(478, 3\), got \(468, 3\)"):
        fit_head(np.zeros((468, 3)))
