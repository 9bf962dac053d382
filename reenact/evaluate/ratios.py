"""The paper's ratios of eyes, mouth and brows, from the 68 points of dlib's scheme.

The eye's ratio is that of Soukupova and Cech, "Real-Time Eye Blink Detection using Facial
Landmarks" (2016), which the paper cites; it prints no formula for mouth and brows. Here the mouth
is measured at its inner lips in the same way, and a brow by the distance of its points from the
line through its eye's corners, in widths of that eye.
"""

import numpy as np
import numpy.typing as npt

from reenact.types import Points

RATIOS = ("right eye", "left eye", "mouth", "right brow", "left brow")
"""The signals whose correlations are averaged to FL CORR; right and left are the subject's own."""

_EYES = ((36, 37, 38, 39, 40, 41), (45, 44, 43, 42, 47, 46))
"""Points of the right and the left eye: outer corner, upper lid, inner corner, lower lid."""
_INNER_LIPS = ((61, 67), (62, 66), (63, 65))
_INNER_CORNERS = (60, 64)
_BROWS = (slice(17, 22), slice(22, 27))

_FROM_MESH = (
    *((127,), (234,), (93,), (132, 58), (58, 172), (136,), (150,), (176,), (152,)),
    *((400,), (379,), (365,), (397, 288), (361,), (323,), (454,), (356,)),
    *((70,), (63,), (105,), (66,), (107,), (336,), (296,), (334,), (293,), (300,)),
    *((168, 6), (197, 195), (5,), (4,), (75,), (97,), (2,), (326,), (305,)),
    *(
        (33,),
        (160,),
        (158,),
        (133,),
        (153,),
        (144,),
        (362,),
        (385,),
        (387,),
        (263,),
        (373,),
        (380,),
    ),
    *((61,), (39,), (37,), (0,), (267,), (269,), (291,), (321,), (314,), (17,), (84,), (91,)),
    *((78,), (82,), (13,), (312,), (308,), (317,), (14,), (87,)),
)
"""MediaPipe's points that lie where each of the 68 does, the mean of two where none does alone:
the table of github.com/PeizhiYan/Mediapipe_2_Dlib_Landmarks."""
_FIRST, _SECOND = np.array([(group[0], group[-1]) for group in _FROM_MESH]).T


def points_of_mesh(mesh: Points) -> Points:
    """(68, 2) pixels of dlib's scheme from MediaPipe's (478, 2 or more)."""
    return np.asarray((mesh[_FIRST, :2] + mesh[_SECOND, :2]) / 2)


def measure_ratios(points: Points) -> npt.NDArray[np.float64]:
    """(5,) numbers in the order of `RATIOS` from (68, 2) pixels; they rise as a feature opens or,
    for the brows, lifts."""
    eyes = [_open_eye(points[list(eye)]) for eye in _EYES]
    gaps = [_distance(*points[list(pair)]) for pair in _INNER_LIPS]
    mouth = np.mean(gaps) / _distance(*points[list(_INNER_CORNERS)])
    brows = [
        _lift_of_brow(points[brow], points[[eye[0], eye[3]]])
        for brow, eye in zip(_BROWS, _EYES, strict=True)
    ]
    return np.array([*eyes, mouth, *brows])


def _open_eye(eye: Points) -> float:
    corner, upper, upper_inner, inner, lower_inner, lower = eye
    lids = _distance(upper, lower) + _distance(upper_inner, lower_inner)
    return lids / (2 * _distance(corner, inner))


def _lift_of_brow(brow: Points, corners: Points) -> float:
    """Mean distance of the brow's points from the line through the eye's corners, in eye widths."""
    along = corners[1] - corners[0]
    off = brow - corners[0]
    return float(np.abs(along[0] * off[:, 1] - along[1] * off[:, 0]).mean() / (along @ along))


def _distance(first: Points, second: Points) -> float:
    return float(np.linalg.norm(first - second))
