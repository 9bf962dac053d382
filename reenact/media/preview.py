"""Pictures about a conversion: driver and output next to each other, and contact sheets."""

from collections.abc import Sequence

import cv2
import numpy as np

from reenact.types import Image

MOMENTS = 8
CELL_PX = 256
_GAP_PX = 4
_PAPER = 255


def moments(frames: int, count: int = MOMENTS) -> list[int]:
    """`count` evenly spaced frame numbers, or all of them when there are fewer."""
    count = min(count, frames)
    return [(2 * index + 1) * frames // (2 * count) for index in range(count)]


def scale(image: Image, width: int, height: int) -> Image:
    """Resize to exactly (height, width, 3), averaging where it shrinks."""
    shrinks = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def thumbnail(picture: Image, width: int = CELL_PX) -> Image:
    """The picture, scaled to `width` pixels in its own proportions."""
    return scale(picture, width, max(round(picture.shape[0] * width / picture.shape[1]), 1))


def side_by_side(driver: Image, picture: Image) -> Image:
    """The driver's frame, scaled to the picture's height, left of the picture."""
    height = picture.shape[0]
    width = max(2 * round(driver.shape[1] * height / driver.shape[0] / 2), 2)
    return np.hstack([scale(driver, width, height), picture])


def contact_sheet(rows: Sequence[Sequence[Image]], *, cell: int = CELL_PX) -> Image:
    """One picture of rows of pictures, such as driver and output; columns are moments.

    Pictures are `cell` pixels wide; a row is as high as its highest one, the rest is white. Raises
    ValueError unless all rows are equally long and hold something.
    """
    if not rows or not rows[0] or len({len(row) for row in rows}) != 1:
        raise ValueError(f"rows must be equally long, got {[len(row) for row in rows]} pictures")
    strips = [_strip([thumbnail(picture, cell) for picture in row]) for row in rows]
    return _framed(np.vstack(strips), top=_GAP_PX, left=_GAP_PX)


def _strip(cells: Sequence[Image]) -> Image:
    height = max(cell.shape[0] for cell in cells)
    return np.hstack(
        [_framed(cell, bottom=height - cell.shape[0] + _GAP_PX, right=_GAP_PX) for cell in cells]
    )


def _framed(image: Image, *, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> Image:
    return np.pad(image, ((top, bottom), (left, right), (0, 0)), constant_values=_PAPER)
