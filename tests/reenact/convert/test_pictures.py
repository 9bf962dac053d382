from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.convert.options import ConvertOptions
from reenact.convert.run import run_convert
from reenact.errors import MediaError, NoFaceError
from reenact.media.pictures import read_picture, write_picture
from reenact.pipeline import Pipeline
from tests.support.clips import number_in, numbered_picture
from tests.support.conversions import convert, open_fake
from tests.support.fake_pipeline import OUTPUT_SHAPE, FakePipeline


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    write_picture(tmp_path / "in.png", numbered_picture(3, (48, 64)))
    return tmp_path / "in.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faces").mkdir()
    for number in range(12):
        write_picture(tmp_path / "faces" / f"{number}.png", numbered_picture(number, (48, 64)))
    return tmp_path / "faces"


def test_picture_becomes_a_picture(picture: Path, tmp_path: Path) -> None:
    report = convert(picture, tmp_path / "out.jpg")

    assert read_picture(tmp_path / "out.jpg").shape == OUTPUT_SHAPE
    assert (report.frames, report.faces) == (1, 1)


def test_pipeline_is_told_that_pictures_stand_alone(picture: Path, tmp_path: Path) -> None:
    told = []

    def open_pipeline(still: bool) -> Pipeline:
        told.append(still)
        return open_fake(still)

    run_convert(ConvertOptions(picture, tmp_path / "out.png"), open_pipeline)

    assert told == [True]


def test_side_by_side_picture_shows_the_driver(picture: Path, tmp_path: Path) -> None:
    convert(picture, tmp_path / "out.png", layout="side-by-side")

    assert number_in(read_picture(tmp_path / "out.png")[:, :-64]) == 3


def test_preview_of_a_picture_has_one_column(picture: Path, tmp_path: Path) -> None:
    convert(picture, tmp_path / "out.png", preview=tmp_path / "sheet.png")

    assert read_picture(tmp_path / "sheet.png").shape == (4 + 192 + 4 + 256 + 4, 264, 3)


def test_picture_without_a_face_is_refused(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(NoFaceError, match=r"in\.png shows no face"):
        convert(picture, tmp_path / "out.png", FakePipeline(faces=set()))

    assert not (tmp_path / "out.png").exists()


def test_folder_keeps_names_and_order(folder: Path, tmp_path: Path) -> None:
    pipeline = FakePipeline()

    convert(folder, tmp_path / "out", pipeline)

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in folder.iterdir()
    )
    assert [number_in(image) for image in pipeline.seen] == list(range(12))


def test_picture_of_a_folder_depends_on_no_other(folder: Path, tmp_path: Path) -> None:
    convert(folder, tmp_path / "out")
    convert(folder / "7.png", tmp_path / "alone.png")

    np.testing.assert_array_equal(
        read_picture(tmp_path / "out" / "7.png"), read_picture(tmp_path / "alone.png")
    )


def test_faceless_pictures_of_a_folder_are_named(folder: Path, tmp_path: Path) -> None:
    class SeesOdd(FakePipeline):
        def __call__(self, frame: Any) -> Any:
            shown = super().__call__(frame)
            self.status = "tracked" if number_in(frame.image) % 2 else "idle"
            return shown

    report = convert(folder, tmp_path / "out", SeesOdd())

    assert report.notes == (
        "no face, so the idle picture: 0.png, 2.png, 4.png, 6.png, 8.png, 10.png",
    )
    assert (report.frames, report.faces) == (12, 6)


def test_folder_without_any_face_is_refused_and_leaves_nothing(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoFaceError, match="no picture in"):
        convert(folder, tmp_path / "out", FakePipeline(faces=set()))

    assert list(tmp_path.iterdir()) == [folder]


def test_damaged_picture_of_a_folder_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "5.png").write_bytes(b"x")

    with pytest.raises(MediaError, match=r"5\.png is not a picture"):
        convert(folder, tmp_path / "out")

    assert list(tmp_path.iterdir()) == [folder]


def test_forced_folder_keeps_other_files(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()

    convert(folder, tmp_path / "out", force=True)

    assert len(list((tmp_path / "out").iterdir())) == 13


def test_preview_of_a_folder_shows_evenly_spaced_pictures(folder: Path, tmp_path: Path) -> None:
    convert(folder, tmp_path / "out", preview=tmp_path / "sheet.png")

    sheet = read_picture(tmp_path / "sheet.png")
    cells = [sheet[4:196, 4 + 260 * index :][:, :256] for index in range(8)]
    assert [number_in(cell) for cell in cells] == [0, 2, 3, 5, 6, 8, 9, 11]
