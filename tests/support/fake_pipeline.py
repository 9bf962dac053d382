"""A pipeline of three lines whose pictures depend on every frame before."""

from typing import Any

import numpy as np

from reenact.types import Frame, Image

OUTPUT_SHAPE = (64, 64, 3)
MARK = (30, 160, 90)
"""The colour of its left columns."""


class FakePipeline:
    """Grey pictures that follow the input's mean brightness slowly, like a smoother.

    faces: the numbers of the frames in which it claims to see a face; all when None.
    fails_at: the number of the frame at which it raises `error`.
    """

    def __init__(
        self,
        *,
        faces: set[int] | None = None,
        fails_at: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        self._faces, self._fails_at, self._error = faces, fails_at, error
        self._count = 0
        self._level = 0.0
        self.status = "idle"
        self.seen: list[Image] = []
        self.closed = False

    def __call__(self, frame: Frame) -> Frame:
        if self._count == self._fails_at:
            assert self._error is not None
            raise self._error
        self.seen.append(frame.image)
        tracked = self._faces is None or self._count in self._faces
        self.status = "tracked" if tracked else "idle"
        self._level += 0.3 * (float(frame.image.mean()) - self._level)
        picture = np.full(OUTPUT_SHAPE, int(self._level), np.uint8)
        picture[:, : 2 + self._count % 62] = MARK
        self._count += 1
        return Frame(picture, frame.pts, frame.time_base)

    def state(self) -> dict[str, Any]:
        return {"count": self._count, "level": self._level}

    def restore(self, state: dict[str, Any]) -> None:
        self._count, self._level = state["count"], state["level"]

    def close(self) -> None:
        self.closed = True
