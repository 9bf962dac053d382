import errno
import json
import re
import shutil
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reenact.convert.work_folder import WorkFolder
from reenact.errors import JoinError, MediaError
from reenact.media.claimed_folder import claim_folder
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


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of a conversion that was stopped."""
    folder = tmp_path_factory.mktemp("interrupted")
    interrupt(write_clip(folder / "in.mp4"), folder / "out.mp4")
    return folder / ".out.mp4.partial"


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
        with pytest.raises(MediaError, match=r"another process is writing .*out\.mp4: wait"):
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


def mend(table: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**table, **changes}).encode()


def lack(table: dict[str, Any], name: str) -> bytes:
    return json.dumps({key: value for key, value in table.items() if key != name}).encode()


DAMAGE: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "nothing": lambda table: b"",
    "no JSON": lambda table: b"{",
    "bytes": lambda table: b"\xff\xfe\0\x80",
    "cut off": lambda table: json.dumps(table).encode()[:-9],
    "a list": lambda table: b"[]",
    "a number": lambda table: b"7",
    "no content": lambda table: b"{}",
    "deep": lambda table: b"[" * 200_000,
    "number of too many digits": lambda table: b'{"key": ' + b"9" * 9000 + b"}",
    "only a key": lambda table: mend({"key": table["key"]}),
    "key of another kind": lambda table: mend(table, key=1),
    "pieces of another kind": lambda table: mend(table, pieces=3),
    "piece of another kind": lambda table: mend(table, pieces=[None]),
    "piece with too little": lambda table: mend(table, pieces=[{"start": 0}]),
    "piece with too much": lambda table: mend(table, pieces=[{**table["pieces"][0], "more": 1}]),
    "negative": lambda table: mend(table, pieces=[{**table["pieces"][0], "frames": -8}]),
    "huge": lambda table: mend(table, pieces=[{**table["pieces"][0], "frames": 10**300}]),
    "text for a number": lambda table: mend(table, pieces=[{**table["pieces"][0], "start": "0"}]),
    "infinite": lambda table: mend(table, pieces=[{**table["pieces"][0], "faces": float("inf")}]),
    "state of another kind": lambda table: mend(table, state=[1]),
    "empty state": lambda table: mend(table, state={}),
    "no state": lambda table: lack(table, "state"),
    "no pieces": lambda table: lack(table, "pieces"),
    "no hash": lambda table: lack(table, "sha256"),
    "hash of another kind": lambda table: mend(table, sha256=None),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_damaged_record_is_refused_and_nothing_lost(
    damage: Callable[[dict[str, Any]], bytes], interrupted: Path, tmp_path: Path
) -> None:
    folder = tmp_path / ".out.mp4.partial"
    shutil.copytree(interrupted, folder)
    folder.chmod(0o700)
    manifest = folder / "manifest.json"
    manifest.write_bytes(damage(json.loads(manifest.read_text())))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    with (
        pytest.raises(MediaError, match=r"record .*out\.mp4\.partial is damaged: delete that"),
        claim_folder(tmp_path / "out.mp4"),
    ):
        WorkFolder(folder, ".mp4", {}).open(pytest.fail)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_conversion_refuses_a_damaged_record(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    (tmp_path / ".out.mp4.partial" / "manifest.json").write_text("{")

    with pytest.raises(MediaError, match="is damaged: delete that folder and start again"):
        convert(source, target)


def test_folder_without_a_record_is_begun_anew(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    (tmp_path / ".out.mp4.partial" / "manifest.json").unlink()

    assert convert(source, target).resumed_at == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


def test_unfinished_work_is_for_its_owner_alone_and_the_target_is_not(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4"
    interrupt(source, target)
    assert stat.S_IMODE((tmp_path / ".out.mp4.partial").stat().st_mode) == 0o700

    convert(source, target)

    assert target.stat().st_mode == source.stat().st_mode


def test_link_in_the_place_of_the_work_is_not_followed(tmp_path: Path) -> None:
    source, victim = write_clip(tmp_path / "in.mp4"), tmp_path / "victim"
    victim.mkdir(mode=0o700)
    (victim / "manifest.json").write_text("theirs")
    (tmp_path / ".out.mp4.partial").symlink_to(victim)

    with pytest.raises(MediaError, match=r"out\.mp4\.partial is a link, .*: delete it"):
        convert(source, tmp_path / "out.mp4")

    assert [path.read_text() for path in victim.iterdir()] == ["theirs"]


def test_one_of_two_conversions_started_together_is_refused(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4", pts=steady(60, 1001)), tmp_path / "out.mp4"
    both = [start_slow(source, target) for _ in range(2)]

    said = [process.communicate()[1] for process in both]

    assert sorted(process.returncode for process in both) == [0, 1]
    assert re.search(r"another process is writing|exists already", "".join(said))
    assert len(stamps_of(target)) == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


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
