import pwd
from pathlib import Path

import pytest

from reenact.errors import MediaError
from reenact.media.paths import absolute_path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder beside a home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def forget_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a process of a number that no user has, as `docker run --user 1234` does."""

    def find_nobody(_: int | str) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", find_nobody)
    monkeypatch.setattr(pwd, "getpwnam", find_nobody)


@pytest.mark.parametrize(
    "name", ["clip.mp4", "~clip.webm", "~$clip.doc", "~o.mp4", "~root", "~nobody-has-it/clip", "-"]
)
def test_name_is_a_name_whatever_it_begins_with(name: str, here: Path) -> None:
    assert absolute_path(name) == here / name


def test_tilde_before_a_slash_is_the_home(here: Path) -> None:
    assert absolute_path("~/a/b.mp4") == here.parent / "home" / "a" / "b.mp4"
    assert absolute_path("~") == here.parent / "home"


def test_home_of_another_is_found_unless_a_folder_is_called_so(here: Path) -> None:
    assert absolute_path("~root/b.mp4") == Path(pwd.getpwnam("root").pw_dir) / "b.mp4"

    (here / "~root").mkdir()
    (here / "~root" / "b.mp4").touch()

    assert absolute_path("~root/b.mp4") == here / "~root" / "b.mp4"


@pytest.mark.parametrize("text", ["~", "~/clip.mp4"])
def test_missing_home_is_told_with_the_variable_to_set(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_users(monkeypatch)

    with pytest.raises(MediaError, match=r"lies in the home folder, .* set HOME"):
        absolute_path(text)


def test_names_need_no_home(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_users(monkeypatch)

    assert absolute_path("~clip.webm") == here / "~clip.webm"
    assert absolute_path("~root/clip") == here / "~root" / "clip"


def test_only_whole_paths_outlive_the_working_folder(here: Path) -> None:
    here.rmdir()

    assert absolute_path("/a/b.mp4") == Path("/a/b.mp4")
    with pytest.raises(MediaError, match=r"in which clip\.mp4 would lie, is gone"):
        absolute_path("clip.mp4")


def test_zero_character_is_refused() -> None:
    with pytest.raises(MediaError, match=r"'a\\x00b' holds a zero character"):
        absolute_path("a\0b")
