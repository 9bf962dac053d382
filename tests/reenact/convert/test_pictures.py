from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reenact.convert.folder import choose_names
from reenact.convert.options import ConvertOptions
from reenact.convert.run import run_convert
from reenact.errors import MediaError, NoFaceError
from reenact.media.claimed_folder import claim_folder
from reenact.media.pictures import read_picture, write_picture
from reenact.pipeline import Pipeline
from tests.support.clips import number_in, numbered_picture
from tests.support.conversions import convert, open_fake
from tests.support.fake_pipeline import OUTPUT_SHAPE, FakePipeline


def write_animation(path: Path) -> None:
    """An animated GIF of three pictures."""
    animation = cv2.Animation()
    animation.frames = [numbered_picture(number, (48, 64)) for number in range(3)]
    animation.durations = [100, 100, 100]
    assert cv2.imwriteanimation(str(path), animation)


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


def test_links_in_the_places_of_unfinished_pictures_are_not_followed(
    picture: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("theirs")
    for name in (".out.png.partial", ".out.png"):
        (tmp_path / name).symlink_to(victim)

    convert(picture, tmp_path / "out.png")

    assert victim.read_text() == "theirs"
    assert not (tmp_path / "out.png").is_symlink()
    assert read_picture(tmp_path / "out.png").shape


def test_second_conversion_of_a_picture_or_a_folder_is_refused(
    picture: Path, folder: Path, tmp_path: Path
) -> None:
    with (
        claim_folder(tmp_path / "out.png", "claim"),
        pytest.raises(MediaError, match="another process is writing"),
    ):
        convert(picture, tmp_path / "out.png")
    with (
        claim_folder(tmp_path / "folder"),
        pytest.raises(MediaError, match="another process is writing"),
    ):
        convert(folder, tmp_path / "folder")

    assert not (tmp_path / "out.png").exists()
    assert not (tmp_path / "folder").exists()


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


def test_bad_neighbours_are_named_and_stop_no_picture(folder: Path, tmp_path: Path) -> None:
    (folder / "5.png").write_bytes(b"x")
    (folder / "7.png").write_bytes((folder / "7.png").read_bytes()[:60])
    (folder / "._1.png").write_bytes(b"\0\5\x16\7")
    (folder / ".DS_Store").touch()
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    (folder / "more").mkdir()

    report = convert(folder, tmp_path / "out")

    assert len(list((tmp_path / "out").iterdir())) == report.frames == 10
    damaged, torn, others = report.notes
    assert "5.png is not a picture" in damaged
    assert "7.png is not a picture that can be decoded" in torn
    assert others == "left out, as no pictures: film.mp4, more"


def test_folder_of_nothing_but_bad_pictures_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "1.png").write_bytes(b"x")

    with pytest.raises(MediaError, match=r"no picture in .*faces can be read: .*1\.png is not"):
        convert(tmp_path / "faces", tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["faces"]


def test_picture_of_another_kind_or_name_becomes_a_png_of_its_own(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("a.jfif", "a.tiff", "0.heic", "b"):
        (folder / name).write_bytes((folder / "1.png").read_bytes())

    report = convert(folder, tmp_path / "out")

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names - {path.name for path in folder.iterdir()} == {
        "0-2.png",
        "a.png",
        "a-2.png",
        "b.png",
    }
    assert "a.tiff is written as a-2.png" in report.notes
    assert number_in(read_picture(tmp_path / "out" / "0.png")) == number_in(
        read_picture(tmp_path / "out" / "1.png")
    )


def test_names_that_some_disk_takes_for_one_get_numbers() -> None:
    sources = [Path(name) for name in ("A.png", "a.png", "caf\u00e9.jpg", "cafe\u0301.jpg")]

    assert [*choose_names(sources).values()] == ["A.png", "a-2.png", "café.jpg", "cafe\u0301-2.jpg"]


def test_only_the_first_picture_of_a_film_is_taken_and_said(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.gif")

    report = convert(tmp_path / "a.gif", tmp_path / "out.png")

    assert report.notes == (f"only the first picture of {tmp_path / 'a.gif'} is taken",)


def test_animation_is_a_film_where_the_target_is_one(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.gif")

    assert convert(tmp_path / "a.gif", tmp_path / "out.mp4").frames == 3


FORCED_PREVIEWS = [
    "faces/3.png",
    "out/3.png",
    "faces/new.png",
    "link/3.png",
    "hard.png",
    "soft.png",
]


@pytest.mark.parametrize("preview", FORCED_PREVIEWS)
def test_not_even_a_forced_preview_overwrites_a_picture(
    preview: str, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("faces")
    (tmp_path / "hard.png").hardlink_to(folder / "3.png")
    (tmp_path / "soft.png").symlink_to("faces/3.png")
    before = (folder / "3.png").read_bytes()

    with pytest.raises(MediaError, match=r"name (another file|a file elsewhere)"):
        convert(folder, tmp_path / "out", force=True, preview=tmp_path / preview)

    assert (folder / "3.png").read_bytes() == before
    assert list((tmp_path / "out").iterdir()) == []


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
