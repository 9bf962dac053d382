"""Face aligner: finds the driver's face, follows it, and cuts it out in its FFHQ square."""

import math
from pathlib import Path
from typing import Any, Self

import numpy as np

from reenact.face.crop_smoother import CropSmoother
from reenact.face.face_nets import FaceNets, window_round
from reenact.face.face_search import FaceSearch, LastSeen
from reenact.face.geometry import (
    Square,
    crop_from_quad,
    ffhq_quad,
    lower_as_dlib,
    quad_of_square,
    square_of_quad,
    warp,
)
from reenact.face.upright import Bones, bones_of, face_the_right_way_up, is_steady
from reenact.types import FaceCrop, Frame, Image, Points

MEMORY_S = 1.0
"""Seconds after the face was lost in which only a face near its place, of its size, may be
followed."""

NEAR, NEAR_PER_S = 0.5, 1.5
"""How far that face may be, in face sizes: at once, and per second since. Chosen by hand: a person
who leans over stays in reach, another one on the next chair does not."""

LIKE_SIZE = 2.0
"""How many times larger or smaller that face may be. Chosen by hand."""

WINDOW_SLACK = 0.03
"""The window stays while the face moves less, in window sides, radians and log size: each new
window changes the landmarks by a little, which on a still face would be nothing but tremble."""

SAME_ASPECT = 0.02
"""Log of the change of a frame's aspect up to which another size shows the same scene: sizes are
rounded to whole blocks of 2 to 16 pixels."""


class FaceAligner:
    """Cuts one face out of each frame of a stream; one per stream, all calls from one thread.

    The largest face is followed until it is gone for `MEMORY_S`; another one does not take over.
    A face is found when it is wider than about a twelfth of the frame's short side, whichever way
    up. Frames may change their size at any time.
    """

    def __init__(
        self, *, landmarker: Path | None = None, size: int = 256, as_dlib: bool = False
    ) -> None:
        """size: the crop's side in pixels. landmarker: another landmark net than the bundled
        one. as_dlib: put the square where dlib's points would, with which nets that read the
        crop's pixels were trained.

        Raises TrackerError when the tracker cannot start.
        """
        self._nets = FaceNets(landmarker)
        self._search = FaceSearch(self._nets)
        self._size, self._as_dlib = size, as_dlib
        self._crop = CropSmoother()
        self.reset()

    def align(self, frame: Frame) -> FaceCrop | None:
        """The face in its smoothed FFHQ square, its landmarks as measured; None without a face."""
        landmarks = self._landmarks(frame.image, frame.time)
        if landmarks is None:
            return None
        square = self._crop.smooth(square_of_quad(ffhq_quad(landmarks)), frame.time)
        if self._as_dlib:
            square = lower_as_dlib(square)
        crop_from_frame = crop_from_quad(quad_of_square(square), self._size)
        picture = warp(frame.image, crop_from_frame, self._size)
        return FaceCrop(picture, crop_from_frame, landmarks)

    def reset(self) -> None:
        """Forget the face: the next frame starts a new stream."""
        self._window: Square | None = None
        self._bones: Bones | None = None
        self._frame_size: tuple[int, int] | None = None
        self._seen_at = 0.0
        self._following = self._reframed = False
        self._search.count = 0
        self._crop.reset()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return {
            "window": None if self._window is None else self._window.tolist(),
            "bones": None if self._bones is None else self._bones.tolist(),
            "frame_size": None if self._frame_size is None else list(self._frame_size),
            "seen_at": self._seen_at,
            "following": self._following,
            "reframed": self._reframed,
            "searches": self._search.count,
            "crop": self._crop.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        window, bones, size = state["window"], state["bones"], state["frame_size"]
        self._window = None if window is None else np.array(window, dtype=np.float64)
        self._bones = None if bones is None else np.array(bones, dtype=np.float64)
        self._frame_size = None if size is None else (int(size[0]), int(size[1]))
        self._seen_at, self._following = float(state["seen_at"]), bool(state["following"])
        self._reframed, self._search.count = bool(state["reframed"]), int(state["searches"])
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
        self._note_size(image.shape[0], image.shape[1])
        landmarks = self._follow(image)
        if landmarks is None:
            landmarks = self._find(image, time)
        self._following = landmarks is not None
        if landmarks is not None:
            self._window = _next_window(self._window, window_round(landmarks))
            self._bones = bones_of(landmarks)
            self._seen_at, self._search.count, self._reframed = time, 0, False
        return landmarks

    def _note_size(self, height: int, width: int) -> None:
        """Carry what is remembered in pixels over to frames of another size."""
        before, self._frame_size = self._frame_size, (height, width)
        if before is None or before == self._frame_size:
            return
        down, across = height / before[0], width / before[1]
        growth = math.sqrt(down * across)
        if self._window is not None:
            x, y, angle, side = self._window
            x, y = (
                width / 2 + growth * (x - before[1] / 2),
                height / 2 + growth * (y - before[0] / 2),
            )
            self._window = np.array([x, y, angle, growth * side])
        if abs(math.log(across / down)) < SAME_ASPECT:
            self._crop.rescale(across, down)
        else:  # scaled, cut, padded or turned: the face must be found anew, about there
            self._following, self._reframed = False, True

    def _follow(self, image: Image) -> Points | None:
        """The face in its window; None when it left it, or when there was none."""
        if not self._following or self._window is None:
            return None
        landmarks = self._nets.follow(image, self._window)
        if landmarks is None or self._bones is None or is_steady(self._bones, bones_of(landmarks)):
            return landmarks
        seen = face_the_right_way_up(self._nets, image, landmarks)
        if seen is None or seen is landmarks:
            return landmarks
        self._crop.reset()
        return seen

    def _find(self, image: Image, time: float) -> Points | None:
        self._crop.reset()
        if self._window is None:
            return self._search.find(image, None)
        gone_s, like_size = time - self._seen_at, LIKE_SIZE
        if self._reframed:
            gone_s, like_size = MEMORY_S, LIKE_SIZE**2
        near = NEAR + NEAR_PER_S * gone_s
        return self._search.find(image, LastSeen(self._window, near, like_size))


def _next_window(last: Square | None, new: Square) -> Square:
    if last is None:
        return new
    moved = math.dist(last[:2], new[:2]) / float(last[3])
    turned = math.remainder(float(new[2] - last[2]), 2 * math.pi)
    grown = math.log(new[3] / last[3])
    return last if max(moved, abs(turned), abs(grown)) < WINDOW_SLACK else new
