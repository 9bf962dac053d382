import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.errors import MediaError
from reenact.media.claimed_folder import claim_folder, whole_folder
from reenact.media.files import unfinished_path
from tests.support.claims import ROOT, claim_together


def test_one_of_two_processes_that_start_together_gets_the_folder(tmp_path: Path) -> None:
    rounds = claim_together(tmp_path, rounds=25)

    assert [sorted(answers) for answers in rounds] == [["claimed", "refused"]] * 25
    assert list(tmp_path.iterdir()) == []


def test_claim_that_goes_from_hand_to_hand_is_never_held_by_two(tmp_path: Path) -> None:
    """The folder is removed and made again all the time."""
    command = [sys.executable, "-m", "tests.support.claims", str(tmp_path / "out"), "200"]
    all_three = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]

    assert [process.wait() for process in all_three] == [0] * 3
    assert list(tmp_path.iterdir()) == []


def test_refusal_says_what_to_do(tmp_path: Path) -> None:
    words = r"another process is writing .*out\.mp4: wait until it has ended, or choose another"

    with (
        claim_folder(tmp_path / "out.mp4"),
        pytest.raises(MediaError, match=words),
        claim_folder(tmp_path / "out.mp4"),
    ):
        pytest.fail("claimed twice")


def test_what_is_left_in_it_stays_and_an_empty_one_goes(tmp_path: Path) -> None:
    for _ in range(2):
        with claim_folder(tmp_path / "out.mp4") as folder:
            (folder / "work").touch()
    assert (tmp_path / ".out.mp4.partial" / "work").exists()

    with claim_folder(tmp_path / "out.mp4") as folder:
        (folder / "work").unlink()
    assert list(tmp_path.iterdir()) == []


def test_process_that_is_killed_frees_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib, reenact.media.claimed_folder as c\n"
        f"with c.claim_folder(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), {signal.SIGTERM:d})"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], cwd=ROOT, check=False)
    assert (tmp_path / ".out.partial").exists()

    with claim_folder(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


needs_modes = pytest.mark.skipif(os.name != "posix", reason="this system has no modes")
PLANTED = ["link to a folder", "link to nothing", "file", "open folder", "group's folder"]


def plant(kind: str, place: Path, victim: Path) -> None:
    if kind.startswith("link"):
        place.symlink_to(victim if kind == "link to a folder" else victim / "none")
    elif kind == "file":
        place.write_text("theirs")
    else:
        place.mkdir()
        place.chmod(0o777 if kind == "open folder" else 0o770)


@needs_modes
@pytest.mark.parametrize("kind", PLANTED)
def test_what_this_user_did_not_make_for_himself_is_refused_untouched(
    kind: str, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    plant(kind, tmp_path / ".out.partial", victim)
    before = sorted(tmp_path.rglob("*"))

    with (
        pytest.raises(MediaError, match=r"\.out\.partial (is|may be) .*: delete it, or choose"),
        claim_folder(tmp_path / "out"),
    ):
        pytest.fail("claimed")

    assert sorted(tmp_path.rglob("*")) == before


@needs_modes
def test_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".out.partial.lock").symlink_to("victim")

    with pytest.raises(MediaError, match="symbolic links"), claim_folder(tmp_path / "out"):
        pytest.fail("claimed")

    assert [path.name for path in tmp_path.iterdir()] == [".out.partial.lock"]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files away")
def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir(mode=0o700)
    os.chown(tmp_path / ".out.partial", 12345, 12345)

    with (
        pytest.raises(MediaError, match="belongs to another user"),
        claim_folder(tmp_path / "out"),
    ):
        pytest.fail("claimed")


@needs_modes
def test_disk_without_modes_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lstat = os.lstat

    def open_to_all(path: os.PathLike[str], **options: int) -> os.stat_result:
        found = lstat(path, **options)
        return os.stat_result((found.st_mode | 0o777, *found[1:]))

    monkeypatch.setattr(os, "lstat", open_to_all)
    monkeypatch.setattr(Path, "lstat", open_to_all)
    for _ in range(2):
        with claim_folder(tmp_path / "out") as folder:
            (folder / "work").touch()


@needs_modes
def test_it_is_for_its_owner_alone_and_the_folder_made_in_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with whole_folder(tmp_path / "folder") as fresh:
        assert stat.S_IMODE(fresh.parent.stat().st_mode) == 0o700

    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_second_maker_of_a_folder_is_refused(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "folder") as fresh:
        (fresh / "a.txt").touch()
        with pytest.raises(MediaError, match="another process is writing"):
            fill_folder(tmp_path / "folder")

    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["a.txt"]


def fill_folder(path: Path, *, fail: bool = False) -> None:
    with whole_folder(path) as fresh:
        (fresh / "a.txt").write_text("new")
        if fail:
            raise OSError("no more")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("old")
    (folder / "b.txt").write_text("kept")
    return folder


def content(folder: Path) -> dict[str, str]:
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_whole_folder_appears_where_there_was_none(tmp_path: Path) -> None:
    fill_folder(tmp_path / "folder")

    assert content(tmp_path / "folder") == {"a.txt": "new"}


def test_folder_that_is_there_keeps_its_other_files(folder: Path) -> None:
    fill_folder(folder)

    assert content(folder) == {"a.txt": "new", "b.txt": "kept"}


def test_failed_folder_leaves_the_old_one_as_it_was(folder: Path) -> None:
    with pytest.raises(OSError, match="no more"):
        fill_folder(folder, fail=True)

    assert content(folder) == {"a.txt": "old", "b.txt": "kept"}


def test_what_a_killed_run_left_is_not_part_of_the_next(folder: Path) -> None:
    unfinished_path(folder).mkdir(mode=0o700)
    (unfinished_path(folder) / "c.txt").touch()

    fill_folder(folder)

    assert content(folder) == {"a.txt": "new", "b.txt": "kept"}
