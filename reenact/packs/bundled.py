"""Paths of the files that come with this package."""

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "packs_data"

DEFAULT_PACK = _FOLDER / "avatar-256"
"""The pack of synthetic people."""

DRIVER = _FOLDER / "driver.mp4"
"""A clip of a face that moves, 640 x 480."""

FACE_DETECTOR = _FOLDER / "face_detector.onnx"
"""MediaPipe's short-range face detector, made by tools/make_landmarker.py."""

FACE_LANDMARKS = _FOLDER / "face_landmarks.onnx"
"""MediaPipe's attention mesh of 478 points, made by tools/make_landmarker.py."""
