"""MediaPipe's own run of its two face nets, to compare ours with."""

import contextlib
from typing import Any, Self

import mediapipe
import numpy as np
import numpy.typing as npt
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python import vision as tasks

from reenact.face.face_detector import Detection
from reenact.types import Image, Points
from tests.support.mediapipe_bundle import detector_with_metadata, following_bundle


class MediapipeNets:
    """Both nets in MediaPipe's Tasks API, for pictures of exactly the nets' sizes."""

    def __init__(self) -> None:
        self._opened = contextlib.ExitStack()
        detector = tasks.FaceDetectorOptions(
            BaseOptions(model_asset_buffer=detector_with_metadata())
        )
        self._detector = tasks.FaceDetector.create_from_options(detector)
        self._opened.callback(self._detector.close)
        following = BaseOptions(model_asset_buffer=following_bundle())
        follower = tasks.FaceLandmarkerOptions(following)
        self._follower = tasks.FaceLandmarker.create_from_options(follower)
        self._opened.callback(self._follower.close)

    def find(self, picture: Image) -> list[Detection]:
        """The faces in a (128, 128, 3) picture."""
        return [_detection(face) for face in self._detector.detect(_wrap(picture)).detections]

    def follow(self, picture: Image) -> Points | None:
        """The (478, 3) points of the face that fills a (192, 192, 3) picture, in its pixels."""
        faces = self._follower.detect(_wrap(picture)).face_landmarks
        points = [[point.x, point.y, point.z] for point in faces[0]] if faces else None
        return None if points is None else np.array(points) * len(picture)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()


def _wrap(picture: Image) -> Any:
    data = np.ascontiguousarray(picture)
    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=data)


def _detection(face: Any) -> Detection:
    box = face.bounding_box
    eyes = [[point.x, point.y] for point in face.keypoints[:2]]
    place: npt.NDArray[np.float64] = np.array(
        [box.origin_x, box.origin_y, box.width, box.height], np.float64
    )
    return Detection(face.categories[0].score, place, np.array(eyes) * 128)
