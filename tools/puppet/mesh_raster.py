"""Drawing a textured triangle mesh, as the map from picture pixels back to texture pixels."""

import math

import numba
import numpy as np
import numpy.typing as npt

Triangles = npt.NDArray[np.int32]
"""(T, 3) indices into the vertices."""


def texture_from_picture(
    vertices: npt.NDArray[np.float64],
    triangles: Triangles,
    texture_points: npt.NDArray[np.float64],
    size: tuple[int, int],
) -> npt.NDArray[np.float32]:
    """The texture position seen in every picture pixel: (H, W, 2), NaN where no triangle lies.

    vertices: (V, 3) picture pixels, the smallest z of those that cover a pixel wins.
    texture_points: (V, 2) texture pixels. size: (height, width) of the picture.
    """
    height, width = size
    seen = np.full((height, width, 2), np.nan, np.float32)
    depth = np.full((height, width), np.inf, np.float32)
    _rasterise(vertices, triangles, texture_points, seen, depth)
    return seen


@numba.njit(cache=True)
def _rasterise(
    vertices: npt.NDArray[np.float64],
    triangles: Triangles,
    texture_points: npt.NDArray[np.float64],
    seen: npt.NDArray[np.float32],
    depth: npt.NDArray[np.float32],
) -> None:
    height, width = depth.shape
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index]
        ax, ay, az = vertices[a]
        bx, by, bz = vertices[b]
        cx, cy, cz = vertices[c]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        top = max(0, math.ceil(min(ay, by, cy) - 0.5))
        bottom = min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        left = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        right = min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                x = column + 0.5
                wb = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
                wc = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
                wa = 1.0 - wb - wc
                if min(wa, wb, wc) < -1e-9:
                    continue
                z = wa * az + wb * bz + wc * cz
                if z < depth[row, column]:
                    depth[row, column] = z
                    for axis in range(2):
                        seen[row, column, axis] = (
                            wa * texture_points[a, axis]
                            + wb * texture_points[b, axis]
                            + wc * texture_points[c, axis]
                        )
