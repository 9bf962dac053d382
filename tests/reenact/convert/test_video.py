import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from reenact.convert.video import read_ahead
from reenact.errors import NoFaceError
from reenact.media.pictures import read_picture
from reenact.media.preview import side_by_side
from tests.support.clips import (
    damage,
    number_in,
    numbered_picture,
    pictures_of,
    sound_packets_of,
    steady,
    write_clip,
)
from tests.support.conversions import ROOT, convert, make_command
from tests.support.fake_pipeline import FakePipeline
from tests.support.remux import trim


def test_pipeline_is_given_upright_frames_once_each(tmp_path: Path) -> None:
    pipeline = FakePipeline()

    convert(write_clip(tmp_path / "in.mp4", rotation=270), tmp_path / "out.mp4", pipeline)

    assert [number_in(image) for image in pipeline.seen] == list(range(30))


def test_crop_layout_shows_nothing_of_the_input(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    convert(write_clip(tmp_path / "in.mp4"), target)

    assert pictures_of(target)[0].shape == (96, 64)


def test_side_by_side_shows_the_driver_left(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    convert(write_clip(tmp_path / "in.mp4"), target, layout="side-by-side")

    with av.open(str(target)) as container:
        shown = [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]
    expected_width = side_by_side(numbered_picture(0, (48, 64)), np.zeros((64, 64, 3), np.uint8))
    assert shown[0].shape == expected_width.shape
    assert [number_in(picture[:, :-64]) for picture in shown] == list(range(30))


def test_preview_shows_driver_over_output(tmp_path: Path) -> None:
    preview = tmp_path / "sheet.png"

    convert(write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", preview=preview)

    sheet = read_picture(preview)
    cells = [sheet[4 : 4 + 192, 4 + 260 * index :][:, :256] for index in range(8)]
    assert [number_in(cell) for cell in cells] == [1, 5, 9, 13, 16, 20, 24, 28]


def test_nothing_but_the_target_is_left(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4")

    pipeline = FakePipeline()
    convert(source, tmp_path / "out.mp4", pipeline)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]
    assert pipeline.closed


def test_clip_without_any_face_is_refused(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"

    with pytest.raises(NoFaceError, match=r"in\.mp4 shows no face in any frame"):
        convert(source, target, FakePipeline(faces=set()))

    assert list(tmp_path.iterdir()) == [source]


def test_one_frame_with_a_face_is_enough(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4")

    assert convert(source, tmp_path / "out.mp4", FakePipeline(faces={20})).faces == 1


@pytest.mark.parametrize("start", [0.5, 0.14])
def test_damaged_source_gives_what_can_be_decoded_and_a_note(start: float, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", pts=steady(240, 1001), audio=(), options={"g": "15"})
    damage(source, start, 1)
    preview = tmp_path / "sheet.png"

    report = convert(source, tmp_path / "out.mp4", preview=preview)

    assert report.frames == len(pictures_of(tmp_path / "out.mp4")) < 240
    (note,) = report.notes
    assert f"{240 - report.frames} of its pictures could not be decoded" in note
    assert sorted(tmp_path.iterdir()) == [source, tmp_path / "out.mp4", preview]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_broadcast_with_a_lost_piece_keeps_its_sound_and_says_what_is_lost(
    suffix: str, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "in.ts", options={"bf": "0"})
    whole = source.read_bytes()
    target, middle = tmp_path / f"out{suffix}", len(whole) // 2
    source.write_bytes(whole[:middle] + whole[middle + 600 :])

    report = convert(source, target)

    assert "sound track 1 is damaged: packets left out: 1" in report.notes
    assert any(note.startswith("the file is damaged after about") for note in report.notes)
    assert report.frames == len(pictures_of(target)) > 10
    assert len(sound_packets_of(target)) > 20


def test_hidden_pictures_of_a_trimmed_clip_are_neither_counted_nor_shown(tmp_path: Path) -> None:
    source = trim(write_clip(tmp_path / "whole.mp4", options={"g": "90"}), tmp_path / "in.mp4", 25)
    preview = tmp_path / "sheet.png"

    report = convert(source, tmp_path / "out.mp4", preview=preview)

    assert report.frames == len(pictures_of(tmp_path / "out.mp4")) == 5
    sheet = read_picture(preview)
    cells = [sheet[4 : 4 + 192, 4 + 260 * index :][:, :256] for index in range(5)]
    assert [number_in(cell) for cell in cells] == [25, 26, 27, 28, 29]


def test_failing_pipeline_is_closed_and_its_error_passed_on(tmp_path: Path) -> None:
    pipeline = FakePipeline(fails_at=3, error=RuntimeError("broken net"))

    with pytest.raises(RuntimeError, match="broken net"):
        convert(write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", pipeline)

    assert pipeline.closed
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.slow
def test_ten_times_the_length_takes_no_more_memory(tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        stamps = steady(frames, 1001)
        source = write_clip(tmp_path / f"{frames}.mp4", pts=stamps, size=(240, 320), audio=())
        run = subprocess.run(
            make_command(source, tmp_path / f"{frames} out.mp4"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return int(run.stdout)

    assert peak(1000) < 1.1 * peak(100)


def test_items_keep_their_order() -> None:
    assert list(read_ahead(iter(range(1, 50)))) == list(range(1, 50))


def test_next_item_is_made_while_the_caller_holds_the_present_one() -> None:
    second_is_asked_for = threading.Event()

    def items() -> Iterator[str]:
        yield "first"
        second_is_asked_for.set()
        yield "second"

    ahead = read_ahead(items())
    next(ahead)

    assert second_is_asked_for.wait(timeout=10)
    ahead.close()


def test_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[str]:
        yield "whole"
        raise ValueError("torn")

    ahead = read_ahead(items())

    assert next(ahead) == "whole"
    with pytest.raises(ValueError, match="torn"):
        next(ahead)


def test_no_thread_is_left_after_closing() -> None:
    ahead = read_ahead(iter([1, 2, 3]))
    next(ahead)

    ahead.close()

    assert not [each for each in threading.enumerate() if each.name.startswith("read-ahead")]
