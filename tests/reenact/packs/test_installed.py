"""reenact/packs/installed.py: what a word after --pack means."""

import pwd
from pathlib import Path

import pytest

from reenact.errors import PackError
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.installed import find_pack, list_packs, packs_home
from tests.support.fakes import write_pack


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path / "home"))
    write_pack(tmp_path / "home" / "tiny")
    return tmp_path / "home"


def test_home_is_below_the_users_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REENACT_PACKS", raising=False)

    assert packs_home().is_absolute()
    assert packs_home().parts[-2:] == ("reenact", "packs")


def test_bundled_and_own_packs_are_installed(home: Path) -> None:
    assert list_packs() == {DEFAULT_PACK.name: DEFAULT_PACK, "tiny": home / "tiny"}


def test_missing_home_holds_no_packs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path / "nowhere"))

    assert list(list_packs()) == [DEFAULT_PACK.name]


def test_no_word_means_the_bundled_pack() -> None:
    assert find_pack(None) == DEFAULT_PACK


def test_name_means_an_installed_pack_even_beside_a_folder_of_that_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()

    assert find_pack("tiny") == home / "tiny"
    assert find_pack("./tiny") == tmp_path / "tiny"


def test_folder_is_itself(home: Path, tmp_path: Path) -> None:
    assert find_pack(str(tmp_path)) == tmp_path
    assert find_pack(tmp_path) == tmp_path


def test_word_that_means_nothing_is_refused_with_the_packs_there_are(home: Path) -> None:
    with pytest.raises(PackError, match=r"no pack 'huge'.*one of avatar-256, tiny"):
        find_pack("huge")


def test_user_without_a_home_is_told_which_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("REENACT_PACKS", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", find_nobody)

    with pytest.raises(PackError, match="set HOME or REENACT_PACKS to a folder"):
        packs_home()
    with pytest.raises(PackError, match="set HOME or REENACT_PACKS to a folder"):
        find_pack("tiny")


def test_folders_need_no_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENACT_PACKS", "~/packs")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)

    assert find_pack(str(home / "tiny")) == home / "tiny"
    with pytest.raises(PackError, match=r"no pack '\./tiny': give a folder that exists"):
        find_pack("./tiny")


def test_word_that_no_disk_takes_is_refused(home: Path) -> None:
    with pytest.raises(PackError, match="name too long"):
        find_pack("x" * 300)
