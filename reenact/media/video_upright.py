"""Which way up a decoded picture is meant to be shown: the display matrix of a video."""

from typing import TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData

from reenact.types import Image

Matrix: TypeAlias = npt.NDArray[np.int32]


def display_matrix(picture: av.VideoFrame) -> Matrix | None:
    """The (3, 3) matrix that `picture` carries, if any."""
    matrix = cast("SideData | None", picture.side_data.get("DISPLAYMATRIX"))
    return None if matrix is None else np.frombuffer(bytes(matrix), np.int32).reshape(3, 3)


def turn_upright(image: Image, matrix: Matrix) -> Image:
    """Apply a display matrix: (3, 3) in the layout of ISO 14496-12, stored -> shown (row vectors).

    Quarter turns and mirrorings are exact; other angles count as the nearest of them.
    """
    (a, b), (c, d) = matrix[:2, :2].tolist()
    is_turned = abs(b) + abs(c) > abs(a) + abs(d)
    x_sign, y_sign = (c, b) if is_turned else (a, d)
    shown = image.transpose(1, 0, 2) if is_turned else image
    shown = shown[:: -1 if y_sign < 0 else 1, :: -1 if x_sign < 0 else 1]
    return np.ascontiguousarray(shown)
