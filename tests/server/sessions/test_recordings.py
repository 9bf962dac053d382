"""server/sessions/recordings.py and unfinished_recording.py: private files that outlive a kill."""

import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import av
import pytest

from reenact.errors import MediaError
from server.limits import RecordingLimits
from server.sessions.recordings import Recordings
from server.sessions.unfinished_recording import UnfinishedRecording

ROOT = Path(__file__).parents[3]
ID = 32 * "b"
LIMITS = RecordingLimits(least_free_bytes=0)
posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")

RECORD = """
import sys, time
from pathlib import Path
import numpy as np
from server.limits import RecordingLimits
from server.sessions.recorder import Recorder
from server.sessions.recordings import Recordings
from server.webrtc.yuv import Picture

recordings = Recordings(Path(sys.argv[1]), RecordingLimits(least_free_bytes=0))
recorder = Recorder(recordings, sys.argv[2], sound=False)
file, told = recorder._unfinished.file.fileno(), False
for number in range(10000):
    yuv = np.full((768, 512), 40 + number % 100, np.uint8)
    recorder.show(Picture(yuv, recorder.started + number / 30))
    time.sleep(0.002)
    if number > 60 and not told and __import__("os").fstat(file).st_size:
        print("written", flush=True)
        told = True
"""


def count_pictures(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def kill_a_recorder(folder: Path) -> None:
    """Leave what a service leaves that is killed with SIGKILL while it records."""
    with subprocess.Popen(
        [sys.executable, "-c", RECORD, str(folder), ID], cwd=ROOT, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        assert not list(UnfinishedRecording.find(folder)), "it is being written"
        child.kill()
        assert child.wait() == -getattr(signal, "SIGKILL", 9)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a killed service left. To be copied."""
    folder = tmp_path_factory.mktemp("killed") / "films"
    kill_a_recorder(folder)
    return folder


def left_in(folder: Path) -> Path:
    (found,) = folder.glob(".*.recording/running.mp4")
    return found


def copy_left(killed: Path, folder: Path, size: int | None = None) -> None:
    """The killed service's folder, its file cut to `size` bytes."""
    source = left_in(killed)
    copy = folder / source.parent.name
    copy.mkdir(mode=0o700, parents=True)
    (copy / source.name).write_bytes(source.read_bytes()[:size])


@posix_only
def test_what_a_kill_leaves_can_be_played_and_is_private(killed: Path) -> None:
    left = left_in(killed)

    assert count_pictures(left) >= 25
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert stat.S_IMODE(left.parent.stat().st_mode) == 0o700


def test_next_start_gives_what_a_kill_left_its_name(killed: Path, tmp_path: Path) -> None:
    copy_left(killed, tmp_path)
    recordings = Recordings(tmp_path, LIMITS)

    path = recordings.find_finished(ID)
    assert path is not None
    assert count_pictures(path) >= 25
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_a_kill_left_replaces_no_other_recording(killed: Path, tmp_path: Path) -> None:
    copy_left(killed, tmp_path)
    (tmp_path / f"{ID}.mp4").write_bytes(b"an earlier one")
    Recordings(tmp_path, LIMITS)

    assert (tmp_path / f"{ID}.mp4").read_bytes() == b"an earlier one"
    assert count_pictures(tmp_path / f"{ID}-2.mp4") >= 25


def test_left_files_that_were_cut_anywhere_are_kept_whole_or_removed(
    killed: Path, tmp_path: Path
) -> None:
    chance, size = random.Random(3), left_in(killed).stat().st_size
    cuts = [0, 1, 40, *sorted(chance.randrange(41, size) for _ in range(12))]
    pictures = []
    for cut in cuts:
        folder = tmp_path / str(cut)
        copy_left(killed, folder, cut)
        path = Recordings(folder, LIMITS).find_finished(ID)
        assert [entry.name for entry in folder.iterdir()] == ([] if path is None else [path.name])
        pictures.append(0 if path is None else count_pictures(path))

    assert pictures[:3] == [0, 0, 0]
    assert pictures == sorted(pictures)
    assert pictures[-1] > 0


def test_folder_that_holds_no_file_yet_is_removed(tmp_path: Path) -> None:
    (tmp_path / f".{ID}.x.recording").mkdir()
    Recordings(tmp_path, LIMITS)

    assert not list(tmp_path.iterdir())


def test_files_of_others_stay_and_links_are_not_followed(killed: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "films", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    copy_left(killed, other)
    (folder / f".{ID}.link.recording").symlink_to(left_in(other).parent)
    (folder / ".notes.recording").mkdir()
    (folder / "holiday.mp4").write_bytes(b"of somebody")
    Recordings(folder, LIMITS)

    assert len(list(folder.iterdir())) == 3
    assert left_in(other).is_file()


@posix_only
def test_folder_that_is_made_is_private(tmp_path: Path) -> None:
    Recordings(tmp_path / "new", LIMITS)

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@posix_only
@pytest.mark.parametrize(("mode", "warnings"), [(0o700, 0), (0o755, 1), (0o710, 1), (0o777, 1)])
def test_folder_that_others_can_enter_is_told_once(
    mode: int, warnings: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    folder.chmod(mode)
    Recordings(folder, LIMITS)

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == warnings
    assert all(f"chmod 700 {folder}" in text for text in said)


def test_folder_without_room_is_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Recordings(tmp_path / "films", RecordingLimits(least_free_bytes=10**18))

    assert "nothing can be recorded: less than 1e+09 GB is free" in caplog.text


def test_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "films").write_bytes(b"")

    with pytest.raises(MediaError, match="cannot hold recordings"):
        Recordings(tmp_path / "films", LIMITS)
