"""A real face that moves on command: a photograph, warped.

It makes clips with known motion, to test what reads faces and to show what drives avatars.
"""

import numpy as np
import numpy.typing as npt

from reenact.face.landmarks import EYE_CORNERS, INNER_MOUTH_CORNERS, SIDES
from reenact.types import EXPRESSION_AXES, Affine, Image, Points
from tools.puppet.eyeballs import draw_lashes, eye_outline, eyeball
from tools.puppet.face_motion import moved_plane
from tools.puppet.head_mesh import head_mesh
from tools.puppet.mesh_raster import texture_from_picture
from tools.puppet.mouth import Mouth, mouth_outline
from tools.puppet.opening import show_through

SAMPLE_SIZE = (480, 640)
_SAMPLE_WINDOW = (slice(0, 240), slice(62, 382))


class Puppet:
    """Draws one person with any expression and pose."""

    def __init__(self, photo: Image | None = None, *, landmarks: Points | None = None) -> None:
        """Takes a frontal portrait, by default scikit-image's public-domain `astronaut`.

        landmarks: (478, 3) MediaPipe points of the photo in pixels, found when not given.
        Raises NoFaceError when the photo shows no face.
        """
        self._photo = sample_photo() if photo is None else photo
        found = find_landmarks(self._photo) if landmarks is None else landmarks
        self._mesh = head_mesh(found, (self._photo.shape[0], self._photo.shape[1]))
        axes = self._mesh.axes
        self._eyeballs = {side: eyeball(self._photo, found, axes, side) for side in SIDES}
        self._mouth = Mouth(self._mesh.neutral)

    def frame(self, motion: npt.NDArray[np.float32]) -> Image:
        """The picture, as large as the photo; motion (13,) in the order of `EXPRESSION_AXES`."""
        value = dict(zip(EXPRESSION_AXES, motion.tolist(), strict=True))
        pose = (value["yaw"], value["pitch"], value["roll"])
        points = self._mesh.posed(moved_plane(self._mesh.neutral, motion), *pose)
        picture = self._warped(points)
        for side in SIDES:
            eye = self._eyeballs[side].looking(value["gaze_x"], value["gaze_y"])
            plane = self._plane_behind(EYE_CORNERS[side], pose)
            show_through(picture, eye_outline(points, side), eye, plane, gloom=0.4)
            draw_lashes(picture, points, side, self._mesh.axes.unit)
        plane = self._plane_behind(tuple(INNER_MOUTH_CORNERS.values()), pose)
        inside = self._mouth.opened(value["jaw"])
        show_through(picture, mouth_outline(points), inside, plane, gloom=0.9)
        return picture

    def _warped(self, points: Points) -> Image:
        import cv2

        mesh = self._mesh
        height, width = self._photo.shape[:2]
        seen = texture_from_picture(points, mesh.triangles, mesh.photo_points, (height, width))
        columns, rows = cv2.split(cv2.GaussianBlur(seen, (0, 0), 1.0) - np.float32(0.5))
        mode = cv2.BORDER_REFLECT
        warped = cv2.remap(self._photo, columns, rows, cv2.INTER_CUBIC, borderMode=mode)
        return np.asarray(warped, np.uint8)

    def _plane_behind(self, points: tuple[int, ...], pose: tuple[float, float, float]) -> Affine:
        depth = float(self._mesh.depth[list(points)].mean())
        return self._mesh.picture_from_plane(depth, *pose)


def sample_photo() -> Image:
    """(480, 640, 3) Eileen Collins, NASA, public domain; her face is about 215 pixels tall."""
    import cv2
    from skimage import data

    head = np.asarray(data.astronaut())[_SAMPLE_WINDOW]
    size = SAMPLE_SIZE[::-1]
    return np.asarray(cv2.resize(head, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def find_landmarks(photo: Image) -> Points:
    """(478, 3) MediaPipe points in pixels. Raises NoFaceError when there is no face."""
    from reenact.errors import NoFaceError
    from reenact.face.stills import find_face

    face = find_face(photo)
    if face is None:
        raise NoFaceError("the photo must show a face, none was found: take a frontal portrait")
    return face.landmarks
