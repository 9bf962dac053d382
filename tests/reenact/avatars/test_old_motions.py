"""Motions on the thirteen old axes are drawn by today's renderer."""

import numpy as np
import pytest

from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.old_motions import lift_motion, reduce_motion
from reenact.avatars.people import find_person
from reenact.axes import AXES, FACE_AXES
from reenact.types import EXPRESSION_AXES

ADA = find_person("ada")


def lift(**values: float) -> dict[str, float]:
    old = np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)
    return dict(zip(AXES, lift_motion(old, ADA).tolist(), strict=True))


def test_a_neutral_face_differs_only_by_its_higher_brows() -> None:
    assert {axis for axis, value in lift().items() if value} == {
        "browInnerUp",
        "browOuterUpLeft",
        "browOuterUpRight",
    }


def test_a_smile_lifts_both_corners_and_only_a_broad_one_shows_teeth() -> None:
    mild, broad = lift(smile=0.3), lift(smile=1.0)

    assert mild["mouthSmileLeft"] == mild["mouthSmileRight"] == pytest.approx(0.3)
    assert mild["mouthUpperUp"] == mild["mouthLowerDown"] == 0.0
    assert broad["mouthUpperUp"] > 0.2
    assert broad["mouthLowerDown"] > 0.5


def test_a_frown_lowers_both_corners() -> None:
    frown = lift(smile=-0.6)

    assert frown["mouthFrownLeft"] == frown["mouthFrownRight"] == pytest.approx(0.6)
    assert frown["mouthSmileLeft"] == 0.0


def test_brows_keep_their_side() -> None:
    raised, lowered = lift(brow_left=1.0), lift(brow_right=-1.0)

    still = lift()
    assert raised["browOuterUpLeft"] > still["browOuterUpLeft"] + 0.5
    assert raised["browOuterUpRight"] == still["browOuterUpRight"]
    assert lowered["browOuterUpRight"] < still["browOuterUpRight"] - 0.5
    assert lowered["browOuterUpLeft"] == still["browOuterUpLeft"]


def test_a_furrow_lowers_both_brows() -> None:
    furrow = lift(furrow=0.8)

    assert furrow["browDownLeft"] == furrow["browDownRight"] == pytest.approx(0.8)


def test_reduced_motions_are_of_the_old_ranges_and_lifted_ones_of_the_new() -> None:
    rng = np.random.default_rng(4)
    old = np.stack([reduce_motion(random_motion(rng)) for _ in range(500)])
    new = np.stack([lift_motion(motion, ADA) for motion in old])

    limits = np.array([0.6, 0.4, 0.4, *[1.0] * 10])
    assert (np.abs(old) <= limits + 1e-6).all()
    assert (np.abs(old).max(axis=0) > 0.9 * limits).all()
    faces = new[:, [AXES.index(axis) for axis in FACE_AXES if "brow" not in axis]]
    assert faces.min() >= 0.0
    assert faces.max() <= 1.0 + 1e-6


@pytest.mark.parametrize("motion", [np.zeros(29, np.float32), np.zeros(12, np.float32)])
def test_motions_of_other_axes_are_refused(motion: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be \(13,\)"):
        lift_motion(motion, ADA)
