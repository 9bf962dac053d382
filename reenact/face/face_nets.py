"""MediaPipe's two face nets behind plain arrays: find faces in a square, follow one in a square.

Both run in IMAGE mode, so an answer depends on the given pixels alone and a resumed conversion
continues exactly. Following runs the landmark net without the face detector: where MediaPipe
expects one, it gets the bundle's `fixed_face_detector.tflite`, which always sees one face filling
the picture (see tools/make_landmarker.py).
"""

import contextlib
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from reenact.errors import TrackerError
from reenact.face.geometry import Square, crop_from_quad, invert, quad_of_square, transform, warp
from reenact.media.files import translate_os_errors
from reenact.packs.bundled import LANDMARKER
from reenact.types import Image, Points

BUNDLE_SHA256 = "3b2c59fc7515a63bb073e7655106f0d5b5e4b6794e42f7f53621791c1b0610e4"

DETECTOR, MESH = "face_detector.tflite", "face_landmarks_detector.tflite"
FIXED_DETECTOR = "fixed_face_detector.tflite"
INPUT_PX = MappingProxyType({DETECTOR: 128, MESH: 192})
"""Side of each net's input: a cut of just that size, without aliasing, beats MediaPipe's own
resizing."""

_SILENT_CALLS = 16
"""Calls in which MediaPipe may still write its one notice, about a tensor that it copied."""

_SYSTEM_PACKAGES = "libgl1 libglib2.0-0 libegl1 libgles2"

MARGIN = 1.5
"""Side of the square the landmark net wants, in face sizes: that of MediaPipe's own graph
(`face_landmark_landmarks_to_roi.pbtxt`)."""


class FaceNets:
    """Face detector and landmark net. All calls from one thread; call `close` at the end."""

    def __init__(self, landmarker: Path | None = None) -> None:
        """landmarker: another bundle, such as MediaPipe's official one; it is not checked.

        Raises TrackerError when the bundled file is damaged or the tracker cannot be loaded.
        """
        ours = _unpack(check_bundle(_read(LANDMARKER)), LANDMARKER)
        nets = ours if landmarker is None else _unpack(_read(landmarker), landmarker)
        self._opened = contextlib.ExitStack()
        self._calls = 0
        with _translate_errors(landmarker or LANDMARKER), _silent_stderr():
            follower = _pack({DETECTOR: ours[FIXED_DETECTOR], MESH: nets[MESH]})
            import cv2  # noqa: F401  (fails with a better message here than inside MediaPipe)
            import mediapipe
            from mediapipe.tasks.python import vision as tasks

            self._mediapipe = mediapipe
            self._detector = self._open(
                tasks.FaceDetector, tasks.FaceDetectorOptions, nets[DETECTOR], INPUT_PX[DETECTOR]
            )
            self._follower = self._open(
                tasks.FaceLandmarker, tasks.FaceLandmarkerOptions, follower, INPUT_PX[MESH]
            )

    def find(self, image: Image, window: Square, *, score: float = 0.5) -> list[Square]:
        """The faces inside `window`, each as the square to `follow` it in; empty without any.

        A face is found when it is upright in the window, wider than about 0.15 of it, and the
        detector is at least `score` sure, 0.5..1.
        """
        size = INPUT_PX[DETECTOR]
        window_from_frame = crop_from_quad(quad_of_square(window), size)
        picture = self._picture(warp(image, window_from_frame, size, outside="black"))
        found = self._detect(self._detector, picture).detections
        sure = (face for face in found if face.categories[0].score >= score)
        return [_square_of_detection(face, window, size) for face in sure]

    def follow(self, image: Image, window: Square) -> Points | None:
        """The (478, 3) points, in frame pixels, of the face that fills `window`; None without."""
        size = INPUT_PX[MESH]
        window_from_frame = crop_from_quad(quad_of_square(window), size)
        picture = self._picture(warp(image, window_from_frame, size, outside="black"))
        faces = self._detect(self._follower, picture).face_landmarks
        if not faces:
            return None
        coordinates = (value for point in faces[0] for value in (point.x, point.y, point.z))
        return transform(
            invert(window_from_frame), np.fromiter(coordinates, float).reshape(-1, 3) * size
        )

    def close(self) -> None:
        """Frees the nets; twice does no harm."""
        with _silent_stderr():
            self._opened.close()

    def _open(self, task: Any, options: Any, model: bytes, size: int) -> Any:
        """A net of MediaPipe, warm."""
        from mediapipe.tasks.python import BaseOptions

        net = task.create_from_options(options(BaseOptions(model_asset_buffer=model)))
        self._opened.callback(net.close)
        net.detect(self._picture(np.zeros((size, size, 3), np.uint8)))
        return net

    def _detect(self, net: Any, picture: Any) -> Any:
        self._calls += 1
        with _silent_stderr() if self._calls <= _SILENT_CALLS else contextlib.nullcontext():
            return net.detect(picture)

    def _picture(self, image: Image) -> Any:
        rgb = self._mediapipe.ImageFormat.SRGB
        return self._mediapipe.Image(image_format=rgb, data=np.ascontiguousarray(image))


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


def _square_of_detection(face: Any, window: Square, size: int) -> Square:
    frame_from_window = invert(crop_from_quad(quad_of_square(window), size))
    box = face.bounding_box
    middle = [box.origin_x + box.width / 2, box.origin_y + box.height / 2]
    eyes = [[point.x * size, point.y * size] for point in face.keypoints[:2]]
    middle_px, right_eye, left_eye = transform(frame_from_window, np.array([middle, *eyes]))
    across = left_eye - right_eye
    side = MARGIN * max(box.width, box.height) * window[3] / size
    return np.array([*middle_px, np.arctan2(across[1], across[0]), side])


def check_bundle(data: bytes) -> bytes:
    """Returns `data`. Raises TrackerError unless it is the vendored bundle to the byte."""
    came = hashlib.sha256(data).hexdigest()
    if came != BUNDLE_SHA256:
        raise TrackerError(
            f"{LANDMARKER} must have SHA-256 {BUNDLE_SHA256}, got {came}: reinstall reenact"
        )
    return data


def _read(path: Path) -> bytes:
    advice = "name another face landmarker"
    with translate_os_errors(path, "cannot be read", advice, raised=TrackerError):
        return path.read_bytes()


def _unpack(data: bytes, path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise TrackerError(
            f"the face landmarker {path} must be a MediaPipe .task bundle, got another kind of "
            "file: name a face_landmarker.task"
        ) from error


def _pack(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()


@contextlib.contextmanager
def _translate_errors(bundle: Path) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise TrackerError(
            f"the face tracker needs OpenCV and its system libraries, got {error}: install them "
            f"(apt-get install {_SYSTEM_PACKAGES})"
        ) from error
    except OSError as error:
        raise TrackerError(
            f"the face tracker must load MediaPipe from {bundle}, got {error}: check the file and "
            f"the system libraries (apt-get install {_SYSTEM_PACKAGES})"
        ) from error
    except (RuntimeError, ValueError, KeyError) as error:
        raise TrackerError(
            f"the face tracker must start from {bundle}, got {error}: name a face_landmarker.task"
        ) from error


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """MediaPipe, TFLite and absl write to file descriptor 2 before they can be configured."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
