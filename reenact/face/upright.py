"""Finder of the way up of a face: a landmark net draws one on a face upside down all the same.

The face detector tells the ways apart: on 13 pictures of people it was 0.83 to 0.94 sure of a face
the right way up, 0.66 to 0.83 of one that lies on its side, and at most 0.75 of one upside down.
"""

import math

import numpy as np

from reenact.face.face_nets import FaceNets, window_round
from reenact.face.geometry import Square
from reenact.face.head_pose import BONE
from reenact.types import Image, Points

CERTAIN = 0.8
"""The detector's score from which on a face is the way up in which it was looked at: above what an
upside-down one ever got."""

_SCORES = (CERTAIN, 0.7, 0.6)
"""Scores that are asked for in turn, so that the surest way up wins. In the middle between two of
them, a hundredth decides nothing: the way up that was given is asked for first."""

_TURNS = (0.0, math.pi, math.pi / 2, -math.pi / 2)

STEADY = 0.012
"""Mean movement of the bony points within the face, in window sides, up to which a mesh is the one
of the frame before: between two frames it is at most 0.009 (six clips), and 0.016 or more from a
true mesh to a false one."""

Bones = Points
"""(39, 2): the bony points in the face's own window, in window sides."""


def face_the_right_way_up(nets: FaceNets, image: Image, landmarks: Points) -> Points | None:
    """`landmarks` where the detector sees a face that way up; those of the face that it sees
    another way up; None where it is sure of neither."""
    window = window_round(landmarks)
    for score in _SCORES:
        for turn in _TURNS:
            faces = nets.find(image, window * [1, 1, 1, 2] + [0, 0, turn, 0], score=score)
            face = min(faces, key=lambda face: math.dist(face[:2], window[:2]), default=None)
            if face is not None and math.dist(face[:2], window[:2]) < window[3] / 2:
                same = abs(math.remainder(face[2] - window[2], 2 * math.pi)) < math.pi / 4
                return landmarks if same else _follow_twice(nets, image, face)
    return None


def bones_of(landmarks: Points) -> Bones:
    """Where the bony points lie within the face, whatever its place, size and roll in the frame."""
    x, y, angle, side = window_round(landmarks)
    cosine, sine = math.cos(angle), math.sin(angle)
    inside = (landmarks[list(BONE), :2] - [x, y]) @ np.array([[cosine, -sine], [sine, cosine]])
    return np.asarray(inside / side)


def is_steady(before: Bones, now: Bones) -> bool:
    """Whether both may be of the same face, as a true mesh of it."""
    return float(np.abs(now - before).mean()) <= STEADY


def _follow_twice(nets: FaceNets, image: Image, face: Square) -> Points | None:
    """Second in the window in which the face will be followed from now on."""
    landmarks = nets.follow(image, face)
    return None if landmarks is None else nets.follow(image, window_round(landmarks))
