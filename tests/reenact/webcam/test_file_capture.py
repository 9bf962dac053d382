"""reenact/webcam/file_capture.py: a video plays the camera."""

import logging
import threading
import time
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from reenact.types import Image
from reenact.webcam.file_capture import FileCapture
from tests.support.clips import damage, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three frames, 50 a second: 60 ms."""
    info = VideoInfo(3, Fraction(1, 50), Fraction(50), 1, 0)
    with SegmentWriter(tmp_path / "clip.mp4", info, quality=18) as writer:
        for number, frame in enumerate(islice(read_frames(DRIVER, probe_video(DRIVER)), 3)):
            writer.write(frame.image, number)
    return tmp_path / "clip.mp4"


def read(capture: FileCapture) -> Image:
    image = capture.read()
    assert image is not None
    return image


def test_video_is_played_over_and_over(clip: Path) -> None:
    capture = FileCapture(clip)
    first, *_, fourth = [read(capture) for _ in range(4)]

    assert np.array_equal(first, fourth)


def test_pictures_come_no_sooner_than_their_time(clip: Path) -> None:
    capture, start = FileCapture(clip), time.monotonic()
    for _ in range(4):
        read(capture)

    assert time.monotonic() - start >= 0.055


def test_closing_ends_the_wait_for_the_next_picture(clip: Path) -> None:
    capture = FileCapture(clip)
    read(capture)
    threading.Thread(target=capture.close).start()

    for _ in range(10):
        read(capture)


def test_damaged_video_plays_on_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=(), options={"g": "5"}, pts=range(30))
    damage(path, 0.5, 0.6)
    capture = FileCapture(path)

    for _ in range(90):
        read(capture)

    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "could not be decoded" in warnings[0].message


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")

    with pytest.raises(MediaError, match="cannot be read as a video"):
        FileCapture(tmp_path / "text.mp4")
