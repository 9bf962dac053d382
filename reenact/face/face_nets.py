"""MediaPipe's two face nets in windows of a frame: find faces in a square, follow one in a square.

An answer depends on the given pixels alone, so a resumed conversion continues exactly.
"""

from pathlib import Path
from types import MappingProxyType

import numpy as np

from engines.onnx_file import sha256_of
from reenact.errors import TrackerError
from reenact.face.face_detector import SIDE, Detection, FaceDetector
from reenact.face.geometry import Square, crop_from_quad, invert, quad_of_square, transform, warp
from reenact.face.landmark_net import LandmarkNet
from reenact.media.files import translate_os_errors
from reenact.packs.bundled import FACE_DETECTOR, FACE_LANDMARKS
from reenact.types import Image, Points

SHA256 = MappingProxyType(
    {
        FACE_DETECTOR: "fe5b60fc12c3d96b0146099cc3df8e097fb9e7f5483203e7a3b1f3131958dfc1",
        FACE_LANDMARKS: "a4d683b836129a5b9aabc4297de6bc6962a3534df01383ad69928770c15f3cf9",
    }
)
"""SHA-256 of each bundled net."""

MARGIN = 1.5
"""Side of the square the landmark net wants, in face sizes: that of MediaPipe's own graph
(`face_landmark_landmarks_to_roi.pbtxt`)."""


class FaceNets:
    """Face detector and landmark net. All calls from one thread; call `close` at the end."""

    def __init__(self, landmarker: Path | None = None) -> None:
        """landmarker: another landmark net, as `reenact models landmarker` writes it.

        Raises TrackerError when a file is damaged or is no such net, or OpenCV does not load.
        """
        _check_opencv()
        self._detector = FaceDetector(check_bundled(FACE_DETECTOR))
        self._landmark_net = LandmarkNet(landmarker or check_bundled(FACE_LANDMARKS))

    def find(self, image: Image, window: Square, *, score: float = 0.5) -> list[Square]:
        """The faces inside `window`, each as the square to `follow` it in; empty without any.

        A face is found when it is upright in the window, wider than about 0.15 of it, and the
        detector is at least `score` sure, 0.5..1.
        """
        window_from_frame = crop_from_quad(quad_of_square(window), SIDE)
        found = self._detector.find(warp(image, window_from_frame, SIDE, outside="black"))
        return [_square_of_detection(face, window) for face in found if face.score >= score]

    def follow(self, image: Image, window: Square) -> Points | None:
        """The (478, 3) points, in frame pixels, of the face that fills `window`; None without."""
        side = self._landmark_net.side
        window_from_frame = crop_from_quad(quad_of_square(window), side)
        points = self._landmark_net.find(warp(image, window_from_frame, side, outside="black"))
        return None if points is None else transform(invert(window_from_frame), points)

    def close(self) -> None:
        """Frees the nets; twice does no harm."""
        self._detector.close()
        self._landmark_net.close()


def window_round(landmarks: Points) -> Square:
    """The square, upright with the face, in which the landmark net wants to see it next."""
    points = landmarks[:468, :2]
    across = points[263] - points[33]
    across = across / np.hypot(*across)
    axes = np.array([across, [-across[1], across[0]]])
    inside = points @ axes.T
    low, high = inside.min(axis=0), inside.max(axis=0)
    centre = (low + high) / 2 @ axes
    angle = np.arctan2(across[1], across[0])
    return np.array([*centre, angle, MARGIN * (high - low).max()])


def _square_of_detection(face: Detection, window: Square) -> Square:
    frame_from_window = invert(crop_from_quad(quad_of_square(window), SIDE))
    middle, size = face.box[:2] + face.box[2:] / 2, face.box[2:].max()
    middle_px, right_eye, left_eye = transform(frame_from_window, np.vstack([middle, face.eyes]))
    across = left_eye - right_eye
    angle, side = np.arctan2(across[1], across[0]), MARGIN * size * window[3] / SIDE
    return np.array([*middle_px, angle, side])


def check_bundled(path: Path) -> Path:
    """Returns `path`. Raises TrackerError unless it is the bundled net to the byte."""
    with translate_os_errors(path, "cannot be read", "reinstall reenact", raised=TrackerError):
        came = sha256_of(path)
    if came != SHA256[path]:
        raise TrackerError(
            f"{path} must have SHA-256 {SHA256[path]}, got {came}: reinstall reenact"
        )
    return path


def _check_opencv() -> None:
    """OpenCV cuts the windows out: better that it fails here than at the first frame."""
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        raise TrackerError(
            f"the face tracker needs OpenCV and its system libraries, got {error}: install them "
            "(apt-get install libgl1 libglib2.0-0)"
        ) from error
