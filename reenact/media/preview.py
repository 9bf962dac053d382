"""Pictures beside pictures: driver and output next to each other, and contact sheets."""

from collections.abc import Sequence

import cv2
import numpy as np

from reenact.types import Image

MOMENTS = 8
"""Columns of a conversion's contact sheet."""

CELL_PX = 256
"""Width of a picture on a contact sheet, pixels."""

_GAP_PX = 4
_CAPTION_PX = 28
_PAPER = 255
_INK = (40, 40, 40)


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


def sheet(
    rows: Sequence[Sequence[Image]],
    captions: Sequence[Sequence[str]] | None = None,
    *,
    cell: int | None = CELL_PX,
) -> Image:
    """One picture of rows of pictures on white paper: a contact sheet.

    captions: a text under each picture, in the same rows. cell: width of each picture in pixels;
    its own when None. A row is as high as its highest picture, and may be shorter than the others.
    Raises ValueError for rows without a picture.
    """
    if not rows or not all(rows):
        raise ValueError(f"rows must hold pictures, got {[len(row) for row in rows]} of them")
    cells = [[thumbnail(picture, cell or picture.shape[1]) for picture in row] for row in rows]
    if captions is not None:
        cells = [
            [_add_caption(picture, text) for picture, text in zip(row, texts, strict=True)]
            for row, texts in zip(cells, captions, strict=True)
        ]
    strips = [_join_row(row) for row in cells]
    width = max(strip.shape[1] for strip in strips)
    strips = [_pad(strip, right=width - strip.shape[1]) for strip in strips]
    return _pad(np.vstack(strips), top=_GAP_PX, left=_GAP_PX)


def _add_caption(picture: Image, text: str) -> Image:
    """The picture with a text centred below it, (H + caption, W, 3)."""
    strip = np.full((_CAPTION_PX, picture.shape[1], 3), _PAPER, np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    place = ((picture.shape[1] - width) // 2, (_CAPTION_PX + height) // 2)
    cv2.putText(strip, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return np.concatenate([picture, strip])


def _join_row(cells: Sequence[Image]) -> Image:
    height = max(cell.shape[0] for cell in cells)
    return np.hstack(
        [_pad(cell, bottom=height - cell.shape[0] + _GAP_PX, right=_GAP_PX) for cell in cells]
    )


def _pad(image: Image, *, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> Image:
    return np.pad(image, ((top, bottom), (left, right), (0, 0)), constant_values=_PAPER)
