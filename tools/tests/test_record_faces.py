"""tools/puppet/record_faces.py: the recorded faces are those that the puppet shows."""

import numpy as np
import pytest

from reenact.media.pictures import read_picture
from tools.puppet.record_faces import PICTURES, TARGET, Pose, draw, find, poses
from tools.puppet.warper import Puppet

SAMPLED = [
    Pose({}),
    Pose({"jaw": 1.0}),
    Pose({"gaze_x": 0.5, "smile": 0.5}),
    Pose({"yaw": 0.4}, mirrored=True),
]


@pytest.fixture(scope="module")
def puppet() -> Puppet:
    return Puppet()


@pytest.mark.parametrize("pose", SAMPLED, ids=str)
def test_recorded_points_are_what_the_tracker_finds(pose: Pose, puppet: Puppet) -> None:
    with np.load(TARGET / "faces.npz") as file:
        landmarks = file["landmarks"][list(poses()).index(pose)]

    np.testing.assert_allclose(find(draw(puppet, pose)).landmarks, landmarks, atol=0.5)


def test_record_holds_the_table_and_no_more() -> None:
    with np.load(TARGET / "faces.npz") as file:
        motions, mirrored = file["motions"], file["mirrored"]

    expected = np.array([pose.values() for pose in poses()], np.float32)
    np.testing.assert_array_equal(motions, expected)
    np.testing.assert_array_equal(mirrored, [pose.mirrored for pose in poses()])


@pytest.mark.parametrize("name", PICTURES)
def test_recorded_picture_is_what_the_puppet_draws(name: str, puppet: Puppet) -> None:
    drawn = draw(puppet, Pose(PICTURES[name])).astype(int)

    assert np.abs(read_picture(TARGET / name) - drawn).mean() < 2
