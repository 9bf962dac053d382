"""Paths of the files that come with this package."""

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "packs_data"

DEFAULT_PACK = _FOLDER / "avatar-256"
"""The pack of synthetic people."""

DRIVER = _FOLDER / "driver.mp4"
"""A clip of a face that moves, 640 x 480."""

LANDMARKER = _FOLDER / "face_landmarker.task"
"""MediaPipe's face nets with the fixed detector that tools/make_landmarker.py adds."""
