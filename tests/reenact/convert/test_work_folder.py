import errno
import signal
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reenact.errors import JoinError, MediaError
from reenact.media.video_join import translate_refusals
from tests.support.clips import (
    number_in,
    pictures_of,
    sound_packets_of,
    stamps_of,
    steady,
    write_clip,
)
from tests.support.conversions import (
    SEGMENT_FRAMES,
    convert,
    interrupt,
    start_slow,
    starve,
    wait_for_pieces,
)
from tests.support.fake_pipeline import FakePipeline


def test_killed_conversion_goes_on_to_the_same_result(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", pts=steady(60, 1001))
    whole, target = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    convert(source, whole)
    process = start_slow(source, target)
    wait_for_pieces(target, 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not target.exists()

    report = convert(source, target)

    assert 3 * SEGMENT_FRAMES <= report.resumed_at < 60
    np.testing.assert_array_equal(pictures_of(target), pictures_of(whole))
    assert stamps_of(target) == stamps_of(whole)
    assert sound_packets_of(target) == sound_packets_of(whole)


def test_interrupted_conversion_says_how_to_go_on(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4", pts=steady(60, 1001)), tmp_path / "out.mp4"
    process = start_slow(source, target)
    wait_for_pieces(target, 2)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate()

    assert process.returncode != 0
    assert "run the same command again" in said
    assert (tmp_path / ".out.mp4.partial").is_dir()


def test_second_conversion_to_the_same_target_waits_its_turn(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4", pts=steady(60, 1001)), tmp_path / "out.mp4"
    process = start_slow(source, target)
    wait_for_pieces(target, 1)

    try:
        with pytest.raises(MediaError, match=f"process {process.pid} is writing"):
            convert(source, target)
    finally:
        process.kill()
        process.communicate()


def test_finished_segments_are_not_made_again(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    pipeline, notes = FakePipeline(), list[str]()

    convert(source, target, pipeline, notes=notes)

    assert [number_in(image) for image in pipeline.seen] == list(range(16, 30))
    assert notes == ["resuming after frame 16 of an earlier run"]


CHANGES = {
    "quality": {"quality": 30},
    "layout": {"layout": "side-by-side"},
    "identity": {"fingerprint": {"identity": "another"}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_work_done_with_other_settings_is_discarded(change: dict[str, Any], tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    notes: list[str] = []

    report = convert(source, target, notes=notes, **change)

    assert report.resumed_at == 0
    assert "discarding" in notes[0]


def test_work_done_on_another_source_is_discarded(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    write_clip(source, size=(64, 48))

    assert convert(source, target).resumed_at == 0


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"key": 1}'])
def test_damaged_work_is_discarded(manifest: str, tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    (tmp_path / ".out.mp4.partial" / "manifest.json").write_text(manifest)

    assert convert(source, target).resumed_at == 0


def test_faces_before_a_kill_count(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)

    assert convert(source, target, FakePipeline(faces=set())).faces == 16


@pytest.mark.parametrize("largest_bytes", [200, 1500, 8000])
def test_full_disk_leaves_no_target(largest_bytes: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", pts=steady(90, 1001))

    process = starve(source, tmp_path / "out.mp4", largest_bytes)

    assert process.returncode == 1, process.stderr
    assert "does not fit on its disk" in process.stderr.splitlines()[-1]
    assert not (tmp_path / "out.mp4").exists()


def test_disk_full_at_the_very_end_costs_no_frame(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4", pts=steady(90, 1001)), tmp_path / "out.mp4"
    convert(source, tmp_path / "whole.mp4")
    starve(source, target, 8000)

    report = convert(source, target)

    assert report.resumed_at == 90
    np.testing.assert_array_equal(pictures_of(target), pictures_of(tmp_path / "whole.mp4"))


def test_full_disk_before_the_first_segment_leaves_nothing(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4")

    starve(source, tmp_path / "out.mp4", 200)

    assert list(tmp_path.iterdir()) == [source]


def test_failure_before_the_first_segment_leaves_nothing(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4")
    notes: list[str] = []

    failing = FakePipeline(fails_at=3, error=KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        convert(source, tmp_path / "out.mp4", failing, notes=notes)

    assert list(tmp_path.iterdir()) == [source]
    assert notes == []


def test_failing_disk_costs_no_finished_frame(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    notes: list[str] = []

    broken = FakePipeline(fails_at=20, error=OSError(errno.EIO, "Input/output error"))

    with pytest.raises(MediaError, match="Input/output error"):
        convert(source, target, broken, notes=notes)

    assert "run the same command again" in notes[0]
    assert convert(source, target).resumed_at == 16


REFUSALS = [
    av.error.InvalidDataError(1094995529, "Invalid data"),
    ValueError("no such codec"),
    OverflowError("too large"),
    NotImplementedError("not yet"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_refused_join_keeps_the_frames_for_the_way_that_works(
    refusal: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    notes: list[str] = []

    def join_segments(*arguments: object) -> None:
        with translate_refusals(target):
            raise refusal

    monkeypatch.setattr("reenact.convert.video.join_segments", join_segments)
    with pytest.raises(JoinError, match="--sound none"):
        convert(source, target, notes=notes)
    monkeypatch.undo()

    assert [note for note in notes if "30 frames are kept" in note]
    assert not [note for note in notes if "same command" in note]
    assert convert(source, target, sound="none").resumed_at == 30
