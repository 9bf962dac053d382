from pathlib import Path

import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.pictures import write_picture
from reenact.webcam.still_capture import StillCapture
from tests.support.clips import numbered_picture


def test_picture_is_given_again_and_again(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", numbered_picture(7, (48, 64)))

    capture = StillCapture(tmp_path / "a.png", fps=1000)

    for _ in range(3):
        np.testing.assert_array_equal(capture.read(), numbered_picture(7, (48, 64)))


def test_closing_ends_the_wait(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", numbered_picture(7, (48, 64)))
    capture = StillCapture(tmp_path / "a.png", fps=1e-6)

    capture.close()

    assert capture.read() is not None


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")

    with pytest.raises(MediaError, match="is not a picture"):
        StillCapture(tmp_path / "a.png", fps=30)
