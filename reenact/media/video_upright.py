"""Display matrices: which way up the pictures of a video are shown."""

from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData, Type

from reenact.types import Image

Matrix: TypeAlias = npt.NDArray[np.int32]
"""(3, 3) in the layout of ISO 14496-12, stored -> shown (row vectors)."""


def _name_unknown(value: Any) -> Type:
    """A member of PyAV's `Type` for a kind of side data that it does not list."""
    member = object.__new__(Type)
    member._name_, member._value_ = f"UNKNOWN_{value}", value
    return member


# FFmpeg's list of side data grows faster than PyAV's: one entry that PyAV does not list, such as a
# photograph's EXIF, makes all of them unreadable, the display matrix too.
Type._missing_ = _name_unknown  # type: ignore[method-assign]


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
