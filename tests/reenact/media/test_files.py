import errno
import os
from pathlib import Path

import pytest

from reenact.errors import DiskFullError, MediaError, PackError
from reenact.media.files import translate_os_errors, unfinished_path, whole_file, whole_folder


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
    unfinished_path(folder).mkdir()
    (unfinished_path(folder) / "c.txt").touch()

    fill_folder(folder)

    assert content(folder) == {"a.txt": "new", "b.txt": "kept"}


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
    fill_folder(tmp_path / name)
    fill_folder(tmp_path / name)

    assert content(tmp_path / name) == {"a.txt": "new"}


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
