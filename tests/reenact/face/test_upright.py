"""Telling a true mesh from one that the landmark net draws on an upside-down face."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from reenact.face.face_nets import FaceNets
from reenact.face.geometry import transform
from reenact.face.upright import bones_of, face_the_right_way_up, is_steady
from reenact.types import Image, Points
from tests.support.photograph import rotated, rotation, scene

WINDOW = np.array([256.0, 256.0, 0.0, 165.0])
"""Round the face of the rotated photograph, upright in the frame."""


@pytest.fixture(scope="module")
def nets() -> Iterator[FaceNets]:
    with closing(FaceNets()) as nets:
        yield nets


def follow(nets: FaceNets, image: Image) -> Points:
    landmarks = nets.follow(image, WINDOW)
    assert landmarks is not None
    return landmarks


def test_true_mesh_is_kept(nets: FaceNets) -> None:
    landmarks = follow(nets, rotated(0))

    assert face_the_right_way_up(nets, rotated(0), landmarks) is landmarks


@pytest.mark.parametrize("degrees", [120, 180, 240])
def test_false_mesh_is_replaced_by_the_true_one(nets: FaceNets, degrees: int) -> None:
    true = follow(nets, rotated(0))
    middle = true[:, :2].mean(axis=0)
    turn = rotation(degrees)[:, :2]
    false = transform(np.column_stack([turn, middle - turn @ middle]), true)

    seen = face_the_right_way_up(nets, rotated(0), false)

    assert seen is not None
    assert np.abs(seen - true)[:, :2].mean() < 2


def test_where_no_face_is_no_way_up_is_right(nets: FaceNets) -> None:
    assert face_the_right_way_up(nets, scene(512, 512), follow(nets, rotated(0))) is None


@pytest.mark.parametrize("degrees", [10, -25])
def test_a_head_that_rolls_keeps_a_steady_mesh(nets: FaceNets, degrees: int) -> None:
    before, after = follow(nets, rotated(0)), follow(nets, rotated(degrees))

    assert is_steady(bones_of(before), bones_of(after))


def test_a_false_mesh_is_not_a_steady_one(nets: FaceNets) -> None:
    before, after = follow(nets, rotated(0)), follow(nets, rotated(150))

    assert not is_steady(bones_of(before), bones_of(after))


def test_place_and_size_do_not_change_the_bones() -> None:
    landmarks = np.random.default_rng(0).uniform(0, 100, (478, 3))

    np.testing.assert_allclose(bones_of(3 * landmarks + 50), bones_of(landmarks), atol=1e-12)
