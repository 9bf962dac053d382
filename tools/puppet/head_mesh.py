"""A mesh of head, shoulders and background whose head part can be turned in space."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reenact.face import landmarks as lm
from reenact.smooth import smoothstep
from reenact.types import Affine, Points
from tools.puppet.face_motion import FaceAxes, Plane, neutral_plane
from tools.puppet.mesh_raster import Triangles

TURN_GAIN = 1.15
"""The hair hardly moves, so a turn looks smaller than it is; this much more makes up for it."""
GRID_STEP = 0.2
"""Spacing of the points around the face, in pupil distances."""
CLIFF = 1.8
"""Depth behind the nose's tip, in pupil distances, that the bent depth does not exceed."""
MARGIN = 2.0
"""How far the mesh reaches beyond the picture, in pupil distances."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """V points, the 478 face points first.

    photo_points: (V, 2) pixels of the photograph. neutral: (V, 2) the same points of the neutral
    face, in face coordinates. depth: (V,) pixels, smaller is nearer. turning: (V, 1) share of the
    head's rotation, 1 on the face, 0 far away. pivot: (3,) pixels. triangles: (T, 3).
    """

    axes: FaceAxes
    photo_points: Points
    neutral: Plane
    depth: npt.NDArray[np.float64]
    turning: npt.NDArray[np.float64]
    pivot: npt.NDArray[np.float64]
    triangles: Triangles

    def posed(self, plane: Plane, yaw: float, pitch: float, roll: float) -> Points:
        """(V, 3) pixels of the points `plane` after the head turned by these radians."""
        flat = np.column_stack([self.axes.to_pixels(plane), self.depth])
        turned = (flat - self.pivot) @ head_rotation(TURN_GAIN * yaw, pitch, roll).T + self.pivot
        return flat + self.turning * (turned - flat)

    def picture_from_plane(self, depth: float, yaw: float, pitch: float, roll: float) -> Affine:
        """Face coordinates -> pixels, for things `depth` pixels deep that turn with the head."""
        plane = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        flat = np.column_stack([self.axes.to_pixels(plane), np.full(3, depth)])
        turned = (flat - self.pivot) @ head_rotation(TURN_GAIN * yaw, pitch, roll).T + self.pivot
        origin, right, down = turned[:, :2]
        return np.column_stack([right - origin, down - origin, origin])


def head_rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """(3, 3), signs as in `EXPRESSION_AXES`, for x right, y down, z away; roll is applied last."""
    (sy, sp, sr), (cy, cp, cr) = np.sin([yaw, pitch, roll]), np.cos([yaw, pitch, roll])
    turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(tilt @ turn @ nod, np.float64)


def head_mesh(landmarks: Points, size: tuple[int, int]) -> HeadMesh:
    """The mesh of a frontal portrait; landmarks (478, 3) pixels, size (height, width)."""
    axes = FaceAxes.of(landmarks)
    surroundings = _grid_around(landmarks, axes, size)
    photo_points = np.concatenate([landmarks[:, :2], surroundings])
    pivot_depth = float(landmarks[list(lm.EARS.values()), 2].mean())
    neutral = neutral_plane(axes.to_plane(photo_points))
    chin = axes.to_plane(landmarks[[lm.CHIN]])[0]
    neck = axes.to_pixels(np.array([[0.0, chin[1] + 0.1]]))[0]
    return HeadMesh(
        axes=axes,
        photo_points=photo_points,
        neutral=neutral,
        depth=_depth(landmarks, axes.to_plane(surroundings), axes, pivot_depth),
        turning=_turning(axes.to_plane(photo_points), float(chin[1])),
        pivot=np.array([*neck, pivot_depth]),
        triangles=_triangles(photo_points),
    )


def _grid_around(landmarks: Points, axes: FaceAxes, size: tuple[int, int]) -> Points:
    """Grid points outside the face's outline, in and around the picture."""
    import cv2

    step, margin = GRID_STEP * axes.unit, MARGIN * axes.unit
    height, width = size
    columns, rows = (np.arange(-margin, length + margin, step) for length in (width, height))
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    outline = landmarks[list(lm.FACE_OVAL), :2].astype(np.float32)
    inside = [cv2.pointPolygonTest(outline, (x, y), True) for x, y in grid.tolist()]
    return grid[np.array(inside) < -0.6 * step]


def _triangles(photo_points: Points) -> Triangles:
    """Delaunay's, without two kinds of points.

    Lids slide over those of the irises; those of the outline lie so close to their neighbours, and
    so far behind them, that a turn would fray the cheeks.
    """
    from scipy.spatial import Delaunay

    left_out = [*lm.IRIS["right"], *lm.IRIS["left"], *lm.FACE_OVAL]
    skin = np.setdiff1d(np.arange(len(photo_points)), left_out)
    return np.asarray(skin[Delaunay(photo_points[skin]).simplices], np.int32)


def _depth(
    landmarks: Points, surroundings: Plane, axes: FaceAxes, pivot_depth: float
) -> npt.NDArray[np.float64]:
    """The face's own depth, and around it that of the outline, receding to the pivot's.

    The measured depth falls off a cliff at the cheeks' outline, where a turn would stretch two
    pixels of skin over twenty; it is bent flat there.
    """
    from scipy.interpolate import RBFInterpolator

    nose, bend = landmarks[:, 2].min(), CLIFF * axes.unit
    face_depth = nose + bend * np.tanh((landmarks[:, 2] - nose) / bend)
    outline = landmarks[list(lm.FACE_OVAL)]
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    far = np.array([0.0, 0.1]) + 2.1 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    known = np.concatenate([axes.to_plane(outline), far, 1.6 * far])
    behind = np.full(2 * len(far), pivot_depth)
    surface = RBFInterpolator(
        known, np.concatenate([face_depth[list(lm.FACE_OVAL)], behind]), kernel="linear"
    )
    return np.concatenate([face_depth, surface(surroundings)])


def _turning(plane: Plane, chin: float) -> npt.NDArray[np.float64]:
    """1 on head and hair, falling to 0 in the background and down the neck."""
    u, v = plane.T
    beyond_hair = np.hypot(u, np.minimum(v, 0.0) / 1.1) - 1.9
    fade = smoothstep(np.stack([beyond_hair / 1.5, (v - chin - 0.05) / 1.3]))
    return np.asarray(np.prod(1 - fade, axis=0)[:, None], np.float64)
