"""Face search: finds a face that was not followed from the frame before, whichever way up it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.face.face_nets import MARGIN, FaceNets, window_round
from reenact.face.geometry import Square
from reenact.face.search_windows import search_windows
from reenact.face.upright import CERTAIN, face_the_right_way_up
from reenact.types import Image, Points

SURE = 0.7
"""The detector's least score in a part of the frame: looked at closely, cloth or leaves pass for
faces of 0.5 to 0.65."""

_UPSIDE_DOWN = np.array([0.0, 0.0, math.pi, 0.0])
"""Turns a window. The detector sees faces up to 90 degrees off, so two ways up see all."""


@dataclass(frozen=True, slots=True, eq=False)
class LastSeen:
    """The face that was lost: only one like it may be followed in its place."""

    window: Square
    """The square in which it was followed, in pixels of the present frame."""
    near: float
    """How far from there it may be, in face sizes."""
    like_size: float
    """How many times larger or smaller it may be."""

    def distance(self, face: Square) -> float:
        """In face sizes."""
        return math.dist(face[:2], self.window[:2]) * MARGIN / float(self.window[3])

    def is_like(self, face: Square) -> bool:
        grown = float(face[3] / self.window[3])
        return self.distance(face) < self.near and 1 / self.like_size < grown < self.like_size


class FaceSearch:
    """The search of one stream: a first one looks everywhere, later ones, frame by frame, into one
    part after another."""

    def __init__(self, nets: FaceNets) -> None:
        self._nets = nets
        self.count = 0
        """Searches since the face was last seen."""

    def find(self, image: Image, last: LastSeen | None) -> Points | None:
        """The landmarks of the face like `last`, or of the largest one; None without any."""
        upright, turned = self._looks(image.shape[0], image.shape[1], last)
        self.count += 1
        doubtful = None
        for windows, score in upright:
            landmarks = self._look(image, windows, score, last)
            if landmarks is not None:
                seen = face_the_right_way_up(self._nets, image, landmarks)
                if seen is not None:
                    return self._follow_again(image, seen)
                doubtful = landmarks
                break
        for windows in turned if doubtful is None else turned[:1]:
            landmarks = self._look(image, [one + _UPSIDE_DOWN for one in windows], CERTAIN, last)
            if landmarks is not None:
                return self._follow_again(image, landmarks)
        return None if doubtful is None else self._follow_again(image, doubtful)

    def _looks(
        self, height: int, width: int, last: LastSeen | None
    ) -> tuple[list[tuple[list[Square], float]], list[list[Square]]]:
        """Windows to look into together, with the score that the detector must give in them; and
        those to look into upside down."""
        whole, large, small = search_windows(height, width)
        around = [] if last is None else [last.window * [1, 1, 1, 2]]
        if self.count or last is not None:
            parts = [*large, *small]
            some = [[parts[self.count % len(parts)]]] if parts else []
        else:
            some = [large, small]
        upright = [(around, 0.5), (whole, 0.5), *((part, SURE) for part in some)]
        return upright, [[*around, *whole], *some]

    def _look(
        self, image: Image, windows: Sequence[Square], score: float, last: LastSeen | None
    ) -> Points | None:
        found = (self._nets.find(image, window, score=score) for window in windows)
        face = _choose([face for faces in found for face in faces], last)
        return None if face is None else self._nets.follow(image, face)

    def _follow_again(self, image: Image, landmarks: Points) -> Points | None:
        """In the window in which the face will be followed from now on."""
        return self._nets.follow(image, window_round(landmarks))


def _choose(faces: list[Square], last: LastSeen | None) -> Square | None:
    if last is None:
        return max(faces, key=lambda face: float(face[3]), default=None)
    return min(filter(last.is_like, faces), key=last.distance, default=None)
