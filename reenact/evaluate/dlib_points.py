"""dlib's 68 points of a face, read as the paper reads them; needs the extra `evaluate`."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np

from reenact.types import Image, Points

MODEL = "models/shape_predictor_68_face_landmarks.dat"
"""The model's file in the package face_recognition_models."""

FACE_PX = 160
"""Size to which a face is scaled before dlib's detector looks for it: twice its window of 80
pixels, so that it finds every face, as quickly as in a small picture whatever the frame's size."""

AROUND = 0.5
"""Share of a face's size that is shown to the detector on each side of it: its rectangles reach to
the middle of the forehead."""


class DlibReader:
    """Reads 68 points where MediaPipe has seen a face; one per sequence of pictures.

    dlib's own detector gives the rectangle of its points, from the part of the picture around the
    face. Where it finds none, the rectangle is laid about MediaPipe's points as dlib's lay in the
    pictures before, at the median.
    """

    def __init__(self) -> None:
        """Raises ModuleNotFoundError when dlib or its model is not installed."""
        model = _find_model()
        import dlib

        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(model))
        self._rectangle = dlib.rectangle
        self._laid: list[Points] = []
        self.guessed = 0
        """Pictures so far in which the rectangle is not of dlib's own detector."""

    def read(self, image: Image, near: Points) -> Points | None:
        """(68, 2) pixels of the face at `near`, MediaPipe's (N, 2) pixels of it.

        None where dlib finds no face and has found none before.
        """
        low, high = near.min(axis=0), near.max(axis=0)
        size = high - low
        rectangle = self._find(image, low, high)
        if rectangle is not None:
            self._laid.append((rectangle - low) / size)
        elif self._laid:
            rectangle = low + np.median(self._laid, axis=0) * size
            self.guessed += 1
        else:
            return None
        ends = self._rectangle(*(round(float(number)) for number in rectangle.ravel()))
        shape = self._predictor(image, ends)
        return np.array([(point.x, point.y) for point in shape.parts()], np.float64)

    def _find(self, image: Image, low: Points, high: Points) -> Points | None:
        """The rectangle's corners, (2, 2) pixels; of several, the one whose middle is nearest."""
        margin = AROUND * (high - low).max()
        limit = np.array([image.shape[1], image.shape[0]])
        start = np.clip(np.floor(low - margin), 0, limit - 1).astype(int)
        end = np.clip(np.ceil(high + margin), start + 1, limit).astype(int)
        scale = FACE_PX / float((high - low).max())
        part = image[start[1] : end[1], start[0] : end[0]]
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        shown = cv2.resize(part, None, fx=scale, fy=scale, interpolation=method)
        found = [
            np.array([[face.left(), face.top()], [face.right(), face.bottom()]]) / scale
            for face in self._detector(shown, 0)
        ]
        middle = (low + high) / 2 - start
        nearest = min(
            found, key=lambda face: float(np.linalg.norm(face.mean(axis=0) - middle)), default=None
        )
        return None if nearest is None else nearest + start


def _find_model() -> Path:
    """The file of the 68 points. The package itself is not imported: it asks for pkg_resources,
    which current Pythons lack."""
    package = importlib.util.find_spec("face_recognition_models")
    places = [] if package is None else list(package.submodule_search_locations or [])
    for place in places:
        if (model := Path(place) / MODEL).is_file():
            return model
    raise ModuleNotFoundError(
        "No module named 'face_recognition_models'", name="face_recognition_models"
    )
