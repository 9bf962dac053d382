"""Faces of still pictures: the bundled driver's first frame, alone, small, doubled or missing."""

from pathlib import Path

import numpy as np
import pytest

from reenact.errors import NoFaceError
from reenact.face.align import FaceAligner
from reenact.face.stills import find_face, read_neutral, read_photographs
from reenact.media.pictures import write_picture
from reenact.media.preview import scale
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER
from reenact.types import Image


def driver() -> Image:
    return next(read_frames(DRIVER, probe_video(DRIVER))).image


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "me.png"
    write_picture(path, driver())
    return path


def test_what_an_aligner_saw_before_does_not_change_a_still_picture() -> None:
    alone = find_face(driver())
    with FaceAligner() as aligner:
        find_face(np.ascontiguousarray(driver()[:, ::-1]), aligner)
        after = find_face(driver(), aligner)

    assert alone is not None
    assert after is not None
    assert np.array_equal(after.landmarks, alone.landmarks)
    assert np.array_equal(after.image, alone.image)


def test_empty_picture_has_no_face() -> None:
    assert find_face(np.full((64, 64, 3), 200, np.uint8)) is None


def test_neutral_picture_is_read_as_its_largest_face(photo: Path) -> None:
    face = find_face(driver())

    assert face is not None
    assert np.array_equal(read_neutral(photo).landmarks, face.landmarks)


def test_neutral_picture_without_a_face_is_named(tmp_path: Path) -> None:
    write_picture(tmp_path / "wall.png", np.full((64, 64, 3), 200, np.uint8))

    with pytest.raises(NoFaceError, match=r"wall.png shows no face; .*driver's neutral face"):
        read_neutral(tmp_path / "wall.png")


def test_largest_of_several_faces_is_taken_and_said(photo: Path, tmp_path: Path) -> None:
    large = driver()
    height, width = large.shape[:2]
    small = scale(large, width // 2, height // 2)
    both = np.zeros((height, width + width // 2, 3), np.uint8)
    both[:, :width], both[: height // 2, width:] = large, small
    write_picture(tmp_path / "two.png", both)
    two, one = read_photographs([tmp_path / "two.png", photo])

    assert any("several faces; the largest is taken" in note for note in two.notes)
    assert np.abs(two.face.astype(int) - one.face).mean() < 12
    assert one.notes == ()


def test_small_face_is_said_to_be(tmp_path: Path) -> None:
    write_picture(tmp_path / "small.png", scale(driver(), 160, 120))
    (small,) = read_photographs([tmp_path / "small.png"])

    assert any("pixels high, below 128" in note for note in small.notes)


def test_photographs_know_nothing_of_each_other(photo: Path, tmp_path: Path) -> None:
    mirrored = tmp_path / "mirrored.png"
    write_picture(mirrored, driver()[:, ::-1])
    alone = read_photographs([photo])[0].face

    assert np.array_equal(read_photographs([mirrored, photo])[1].face, alone)


def test_file_without_a_face_is_named(tmp_path: Path) -> None:
    write_picture(tmp_path / "wall.png", np.full((64, 64, 3), 200, np.uint8))

    with pytest.raises(NoFaceError, match=r"wall.png shows no face"):
        read_photographs([tmp_path / "wall.png"])
