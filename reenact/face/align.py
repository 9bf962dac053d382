"""Face aligner: finds the driver's face, follows it, and cuts it out in its FFHQ square."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np

from reenact.face.face_nets import MARGIN, FaceNets, window_round
from reenact.face.geometry import (
    Square,
    crop_from_quad,
    ffhq_quad,
    quad_of_square,
    square_of_quad,
    warp,
)
from reenact.smooth import OneEuro
from reenact.types import FaceCrop, Frame, Image, Points

MEMORY_S = 1.0
"""Seconds after the face was lost in which only a face near its place, of its size, may be
followed."""

NEAR, NEAR_PER_S = 0.5, 1.5
"""How far that face may be, in face sizes: at once, and per second since. Chosen by hand: a person
who leans over stays in reach, another one on the next chair does not."""

LIKE_SIZE = 2.0
"""How many times larger or smaller that face may be. Chosen by hand."""

SURE = 0.7
"""The detector's least score in a part of the frame: looked at closely, cloth or leaves pass for
faces of 0.5 to 0.65."""

WINDOW_SLACK = 0.03
"""The window stays while the face moves less, in window sides, radians and log size: each new
window changes the landmarks by a little, which on a still face would be nothing but tremble."""


class FaceAligner:
    """Cuts one face out of each frame of a stream; one per stream, all calls from one thread.

    The largest face is followed until it is gone for `MEMORY_S`; another one does not take over.
    A face is found when it is wider than about a twelfth of the frame's short side.
    """

    def __init__(self, *, landmarker: Path | None = None, size: int = 256) -> None:
        """size: the crop's side in pixels. landmarker: another MediaPipe bundle than the vendored
        one.

        Raises TrackerError when the tracker cannot start.
        """
        self._nets = FaceNets(landmarker)
        self._size = size
        self._crop = CropSmoother()
        self.reset()

    def align(self, frame: Frame) -> FaceCrop | None:
        """The face in its smoothed FFHQ square, its landmarks as measured; None without a face."""
        landmarks = self._landmarks(frame.image, frame.time)
        if landmarks is None:
            return None
        square = self._crop.smooth(square_of_quad(ffhq_quad(landmarks)), frame.time)
        crop_from_frame = crop_from_quad(quad_of_square(square), self._size)
        picture = warp(frame.image, crop_from_frame, self._size)
        return FaceCrop(picture, crop_from_frame, landmarks)

    def reset(self) -> None:
        """Forget the face: the next frame starts a new stream."""
        self._window: Square | None = None
        self._seen_at = 0.0
        self._following = False
        self._searches = 0
        self._crop.reset()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return {
            "window": None if self._window is None else self._window.tolist(),
            "seen_at": self._seen_at,
            "following": self._following,
            "searches": self._searches,
            "crop": self._crop.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        window = state["window"]
        self._window = None if window is None else np.array(window, dtype=np.float64)
        self._seen_at, self._following = float(state["seen_at"]), bool(state["following"])
        self._searches = int(state["searches"])
        self._crop.restore(state["crop"])

    def close(self) -> None:
        """Frees the tracker; twice does no harm."""
        self._nets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _landmarks(self, image: Image, time: float) -> Points | None:
        if not 0 <= time - self._seen_at <= MEMORY_S:
            self._window, self._following = None, False
        landmarks = None
        if self._following and self._window is not None:
            landmarks = self._nets.follow(image, self._window)
        if landmarks is None:
            landmarks = self._search(image, time)
        self._following = landmarks is not None
        if landmarks is not None:
            self._window = _next_window(self._window, window_round(landmarks))
            self._seen_at, self._searches = time, 0
        return landmarks

    def _search(self, image: Image, time: float) -> Points | None:
        self._crop.reset()
        for windows, score in self._looks(image.shape[0], image.shape[1]):
            found = (self._nets.find(image, window, score=score) for window in windows)
            face = self._choose([face for faces in found for face in faces], time)
            landmarks = None if face is None else self._nets.follow(image, face)
            if landmarks is not None:
                # Once more, in the window in which the face will be followed from now on.
                return self._nets.follow(image, window_round(landmarks))
        return None

    def _looks(self, height: int, width: int) -> Iterator[tuple[list[Square], float]]:
        """Windows to look into together, and how sure the detector must be of a face in them.

        The first search looks everywhere; later ones, frame by frame, into one part after another.
        """
        whole, large, small = search_windows(height, width)
        if self._window is not None:
            yield [self._window * [1, 1, 1, 2]], 0.5
        yield whole, 0.5
        searches, self._searches = self._searches, self._searches + 1
        if searches or self._window is not None:
            parts = [*large, *small]
            yield [parts[searches % len(parts)]], SURE
        else:
            yield large, SURE
            yield small, SURE

    def _choose(self, faces: list[Square], time: float) -> Square | None:
        if self._window is None:
            return max(faces, key=lambda face: float(face[3]), default=None)
        last, near = self._window, NEAR + NEAR_PER_S * (time - self._seen_at)

        def distance(face: Square) -> float:
            return math.dist(face[:2], last[:2]) * MARGIN / float(last[3])

        def likely(face: Square) -> bool:
            return distance(face) < near and 1 / LIKE_SIZE < face[3] / last[3] < LIKE_SIZE

        return min(filter(likely, faces), key=distance, default=None)


class CropSmoother:
    """Calms the crop's square on a still face and lets it go along with a moving one.

    It trails a still face by 0.1 s, and one that moves by 1.5 crop sides a second by 7 ms.
    """

    def __init__(self) -> None:
        # Centre (in sides of the first square), cosine, sine, log of side: all of order one. The
        # constants were chosen by hand: the crop of a still face must move less than its landmarks
        # and that of a quick turn must not trail (tests/reenact/face/test_align.py).
        self._filter = OneEuro(cutoff_hz=1.5, beta=16.0, quiet=0.15, fast=1.5)
        self._unit = 0.0

    def smooth(self, square: Square, time: float) -> Square:
        x, y, angle, side = square
        self._unit = self._unit or float(side)
        values = [x / self._unit, y / self._unit, math.cos(angle), math.sin(angle), math.log(side)]
        x, y, cosine, sine, log_side = self._filter.smooth(np.array(values), time)
        middle = [x * self._unit, y * self._unit]
        return np.array([*middle, math.atan2(sine, cosine), math.exp(log_side)])

    def reset(self) -> None:
        self._unit = 0.0
        self._filter.reset()

    def state(self) -> dict[str, Any]:
        return {"unit": self._unit, "filter": self._filter.state()}

    def restore(self, state: dict[str, Any]) -> None:
        self._unit = float(state["unit"])
        self._filter.restore(state["filter"])


def search_windows(height: int, width: int) -> tuple[list[Square], list[Square], list[Square]]:
    """Squares in which to look for a face: all, as large as the short side, half as large."""

    def cover(side: float) -> list[Square]:
        columns, rows = _middles(width, side), _middles(height, side)
        return [np.array([x, y, 0.0, side]) for y in rows for x in columns]

    short = min(height, width)
    whole = np.array([width / 2, height / 2, 0.0, max(height, width)])
    return [whole], cover(short), cover(short / 2)


def _middles(length: int, side: float) -> list[float]:
    """The middles of windows that cover a length, each overlapping the next by half or more."""
    count = math.ceil(2 * (length - side) / side) + 1
    return [float(x) for x in np.linspace(side / 2, length - side / 2, count)]


def _next_window(last: Square | None, new: Square) -> Square:
    if last is None:
        return new
    moved = math.dist(last[:2], new[:2]) / float(last[3])
    turned = math.remainder(float(new[2] - last[2]), 2 * math.pi)
    grown = math.log(new[3] / last[3])
    return last if max(moved, abs(turned), abs(grown)) < WINDOW_SLACK else new
