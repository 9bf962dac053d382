import errno
import os
import stat
from pathlib import Path

import pytest

from reenact.errors import DiskFullError, MediaError, PackError
from reenact.media.claimed_folder import whole_folder
from reenact.media.files import translate_os_errors, unfinished_path, whole_file


def fill(path: Path, text: str, *, fail: bool = False) -> None:
    with whole_file(path) as fresh:
        fresh.write_text(text)
        if fail:
            raise KeyboardInterrupt


def test_whole_file_replaces_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    fill(tmp_path / "a.txt", "new")

    assert (tmp_path / "a.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_interrupted_file_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "a.txt", "new", fail=True)

    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_file_is_private_until_it_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "usual.txt").touch()
    with whole_file(tmp_path / "a.txt") as fresh:
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o600

    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "usual.txt").stat().st_mode


def test_name_of_an_unfinished_file_cannot_be_foretold(tmp_path: Path) -> None:
    names = set()
    for _ in range(20):
        with whole_file(tmp_path / "a.txt") as fresh:
            names.add(fresh.name)

    assert len(names) == 20
    assert all(name.startswith(".a.txt.") for name in names)


@pytest.mark.parametrize("kind", ["link to a file", "link to nothing", "hard link", "folder"])
def test_what_stands_where_an_unfinished_file_would_is_left_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, planted = tmp_path / "victim.txt", tmp_path / ".a.txt.foretold.partial"
    victim.write_text("theirs")
    if kind == "folder":
        planted.mkdir()
    elif kind == "hard link":
        planted.hardlink_to(victim)
    else:
        planted.symlink_to(victim if kind == "link to a file" else tmp_path / "none")
    names = iter(["foretold", "foretold", "random"])
    monkeypatch.setattr("tempfile._get_candidate_names", lambda: names)

    fill(tmp_path / "a.txt", "new")

    assert victim.read_text() == "theirs"
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "new"


def test_link_that_takes_the_place_of_an_unfinished_file_never_gets_its_name(
    tmp_path: Path,
) -> None:
    victim = tmp_path / "victim.txt"
    victim.touch(0o600)

    def swap() -> None:
        with whole_file(tmp_path / "a.txt") as fresh:
            fresh.unlink()
            fresh.symlink_to(victim)

    with pytest.raises(OSError, match="symbolic link"):
        swap()

    assert stat.S_IMODE(victim.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["victim.txt"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.txt") as one:
        one.write_text("one")
        fill(tmp_path / "a.txt", "two")
        assert (tmp_path / "a.txt").read_text() == "two"

    assert (tmp_path / "a.txt").read_text() == "one"


def test_failure_of_the_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    path, words = tmp_path / "no" / "file", r"file cannot be written \(No such file.*\): choose a"

    with pytest.raises(MediaError, match=words), translate_os_errors(path):
        path.touch()


def test_failure_is_raised_as_the_callers_kind(tmp_path: Path) -> None:
    path, words = tmp_path / "pack", r"pack cannot be read \(No such file.*\): get it again"
    translate = translate_os_errors(path, "cannot be read", "get it again", raised=PackError)

    with pytest.raises(PackError, match=words), translate:
        path.read_bytes()


def test_error_without_a_reason_is_named_by_its_class(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"\(TimeoutError\)"), translate_os_errors(tmp_path):
        raise TimeoutError


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_full_disk_is_an_error_of_its_own(tmp_path: Path, number: int) -> None:
    translate = translate_os_errors(tmp_path, raised=PackError)

    with pytest.raises(DiskFullError, match="free some space"), translate:
        raise OSError(number, "full")


LONG_NAMES = ["a" * 251 + ".mp4", "日" * 83 + ".mp4", "b" * 245 + ".mp4", "\udcff" * 251 + ".mp4"]


@pytest.mark.parametrize("name", LONG_NAMES, ids=["ascii", "three bytes a sign", "245", "no text"])
def test_every_name_that_the_disk_takes_can_be_written(name: str, tmp_path: Path) -> None:
    fill(tmp_path / name, "new")
    (tmp_path / name).unlink()
    with whole_folder(tmp_path / name) as fresh:
        (fresh / "a.txt").touch()

    assert [os.fsencode(path) for path in tmp_path.iterdir()] == [os.fsencode(tmp_path / name)]


@pytest.mark.parametrize("name", LONG_NAMES, ids=["ascii", "three bytes a sign", "245", "no text"])
def test_unfinished_name_is_hidden_no_longer_than_the_name_and_always_the_same(
    name: str, tmp_path: Path
) -> None:
    hidden = unfinished_path(tmp_path / name)

    assert hidden.parent == tmp_path
    assert hidden.name.startswith(".")
    assert len(os.fsencode(hidden.name)) <= len(os.fsencode(name))
    assert hidden == unfinished_path(tmp_path / name)
    assert hidden != unfinished_path(tmp_path / f"x{name[1:]}")


def test_file_at_the_end_of_the_longest_path_can_be_written(tmp_path: Path) -> None:
    room = os.pathconf(tmp_path, "PC_PATH_MAX") - 1 - len(os.fsencode(tmp_path))
    folder = tmp_path
    while room > 300:
        folder, room = folder / ("d" * 200), room - 201
        folder.mkdir()
    path = folder / ("o" * (room - 1))

    fill(path, "new")

    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_reader_that_left_the_terminal_is_no_fault_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), translate_os_errors(tmp_path):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
