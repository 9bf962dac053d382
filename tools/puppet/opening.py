"""Openings of a face - eyes and mouth - through which something painted is seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reenact.types import Affine, Image, Points

PIXELS_PER_UNIT = 240
"""Resolution of painted things; a unit is the distance between the pupils."""

Picture = npt.NDArray[np.float32]
"""(H, W, 3) float32, 0..255."""


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A picture lying in the face's plane; `corner` is its top left in face coordinates."""

    picture: Picture
    corner: npt.NDArray[np.float64]

    def canvas_from_plane(self) -> Affine:
        """Face coordinates -> pixels of the painting."""
        return np.column_stack([PIXELS_PER_UNIT * np.eye(2), -PIXELS_PER_UNIT * self.corner])


def canvas_grid(
    corner: npt.NDArray[np.float64], extent: tuple[float, float]
) -> tuple[Picture, Picture]:
    """Face coordinates (u, v) of every pixel of a painting; extent (width, height) in units."""
    width, height = (round(PIXELS_PER_UNIT * length) for length in extent)
    u, v = ((np.arange(n) + 0.5) / PIXELS_PER_UNIT for n in (width, height))
    columns, rows = np.meshgrid(corner[0] + u, corner[1] + v)
    return columns.astype(np.float32), rows.astype(np.float32)


def show_through(
    picture: Image,
    outline: Points,
    painting: Painting,
    picture_from_plane: Affine,
    *,
    gloom: float,
) -> None:
    """Draws the part of the painting inside `outline` (N, 2 pixels) into the picture, changing it.

    gloom: 0..1, how dark it is near the edge and in narrow slits.
    """
    import cv2

    low = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 4, 0)
    high = np.ceil(outline.max(axis=0)).astype(int) + 4
    window = picture[low[1] : high[1], low[0] : high[0]]
    if window.size == 0:
        return
    size = (window.shape[1], window.shape[0])
    inside = _soft_mask(outline - low, size)
    shade = np.clip(1.5 * cv2.GaussianBlur(inside, (0, 0), 2.5) - 0.4, 0, 1)[..., None]
    seen = _placed(painting, picture_from_plane, low, size) * (1 - gloom * (1 - shade))
    alpha = inside[..., None]
    window[:] = np.clip(window * (1 - alpha) + seen * alpha + 0.5, 0, 255).astype(np.uint8)


def _soft_mask(outline: Points, size: tuple[int, int]) -> Picture:
    import cv2

    mask = np.zeros((size[1], size[0]), np.uint8)
    corners = np.round((outline - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
    covered = mask.astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(covered, (0, 0), 0.7), np.float32)


def _placed(
    painting: Painting, picture_from_plane: Affine, low: npt.NDArray[np.int_], size: tuple[int, int]
) -> Picture:
    """The painting as seen in a window of the picture that starts at `low`."""
    import cv2

    square = np.vstack([picture_from_plane, [0, 0, 1]])
    canvas_from_picture = painting.canvas_from_plane() @ np.vstack(
        [np.linalg.inv(square)[:2], [0, 0, 1]]
    )
    canvas_from_window = canvas_from_picture.copy()
    canvas_from_window[:, 2] += canvas_from_picture[:, :2] @ (low + 0.5) - 0.5
    return np.asarray(
        cv2.warpAffine(
            painting.picture,
            canvas_from_window,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
