"""The template of the head pose is what its photograph gives."""

import numpy as np

from reenact.face.head_pose import TEMPLATE
from tools.fit_pose_template import derive_template


def test_template_is_derived_from_the_photograph_to_a_hundredth() -> None:
    points, nod = derive_template()

    assert np.linalg.norm(points - TEMPLATE, axis=1).max() < 0.01
    assert -0.15 < nod < 0
