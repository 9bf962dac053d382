"""engines/sealed_folder.py: what we did not write ourselves is never read back."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.sealed_folder import MissingError, SealedFolder, SealError, describe_differences

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "engines"


@pytest.fixture
def folder(path: Path) -> SealedFolder:
    folder = SealedFolder(path)
    folder.write("a.plan", {"gpu": "L4"}, b"code" * 100)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_comes_back_as_it_was_written(folder: SealedFolder, path: Path) -> None:
    assert folder.read("a.plan") == ({"gpu": "L4"}, b"code" * 100)
    assert SealedFolder(path).read("a.plan") == ({"gpu": "L4"}, b"code" * 100)


@posix
def test_folder_and_files_are_the_owners_alone(folder: SealedFolder, path: Path) -> None:
    assert mode(path) == 0o700
    assert {mode(file) for file in path.iterdir()} == {0o600}


def test_nothing_half_written_is_left(folder: SealedFolder, path: Path) -> None:
    assert {file.name for file in path.iterdir()} == {"a.plan", "secret"}


def test_missing_file_is_told_apart(folder: SealedFolder) -> None:
    with pytest.raises(MissingError, match=r"no b.plan yet"):
        folder.read("b.plan")


def flip(place: int) -> Callable[[bytes], bytes]:
    def flipped(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[place] ^= 1
        return bytes(changed)

    return flipped


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "magic": flip(0),
    "seal": flip(10),
    "length": flip(44),
    "facts": flip(52),
    "data": flip(-1),
    "truncated": lambda content: content[:-7],
    "cut to the head": lambda content: content[:20],
    "longer": lambda content: content + b"x",
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_file_is_refused(
    folder: SealedFolder, path: Path, damage: Callable[[bytes], bytes]
) -> None:
    (path / "a.plan").write_bytes(damage((path / "a.plan").read_bytes()))

    with pytest.raises(SealError, match=r"a.plan is damaged"):
        folder.read("a.plan")


def test_file_of_another_machine_is_refused(
    folder: SealedFolder, path: Path, tmp_path: Path
) -> None:
    elsewhere = SealedFolder(tmp_path / "elsewhere")
    elsewhere.write("a.plan", {"gpu": "L4"}, b"evil")
    (path / "a.plan").write_bytes((tmp_path / "elsewhere" / "a.plan").read_bytes())

    with pytest.raises(SealError, match="was not written by this user on this machine"):
        folder.read("a.plan")


def test_file_under_another_name_is_refused(folder: SealedFolder, path: Path) -> None:
    (path / "b.plan").write_bytes((path / "a.plan").read_bytes())

    with pytest.raises(SealError, match=r"b.plan is damaged, or"):
        folder.read("b.plan")


@posix
@pytest.mark.parametrize("open_to", [0o602, 0o620, 0o666], ids=oct)
def test_file_that_others_may_write_is_refused(
    folder: SealedFolder, path: Path, open_to: int
) -> None:
    (path / "a.plan").chmod(open_to)

    with pytest.raises(SealError, match=rf"open to others \(mode {open_to:o}\)"):
        folder.read("a.plan")


@posix
def test_link_is_refused(folder: SealedFolder, path: Path) -> None:
    (path / "a.plan").rename(path / "real")
    (path / "a.plan").symlink_to(path / "real")

    with pytest.raises(SealError, match=r"a.plan cannot be read"):
        folder.read("a.plan")


@posix
def test_pipe_is_refused_and_not_waited_for(folder: SealedFolder, path: Path) -> None:
    os.mkfifo(path / "b.plan", 0o600)

    with pytest.raises(SealError, match="no ordinary file"):
        folder.read("b.plan")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can chown")
@pytest.mark.parametrize("name", ["a.plan", "secret", "."])
def test_what_belongs_to_another_user_is_refused(
    folder: SealedFolder, path: Path, name: str
) -> None:
    os.chown(path / name, 12345, 12345)

    with pytest.raises(SealError, match="belongs to user 12345, not to you"):
        SealedFolder(path).read("a.plan")


@posix
@pytest.mark.parametrize("open_to", [0o777, 0o770, 0o755, 0o702], ids=oct)
def test_folder_that_others_may_enter_is_refused(
    folder: SealedFolder, path: Path, open_to: int
) -> None:
    path.chmod(open_to)

    with pytest.raises(SealError, match=rf"engines is open to others \(mode {open_to:o}\)"):
        SealedFolder(path)


@posix
def test_folder_that_is_a_link_is_refused(folder: SealedFolder, path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)

    with pytest.raises(SealError, match="is a link"):
        SealedFolder(tmp_path / "link")


@posix
def test_folder_in_one_that_others_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)

    with pytest.raises(SealError, match="open can be written by others"):
        SealedFolder(tmp_path / "open" / "engines")


@posix
def test_secret_that_others_may_read_is_refused(folder: SealedFolder, path: Path) -> None:
    (path / "secret").chmod(0o644)

    with pytest.raises(SealError, match="secret is open to others"):
        SealedFolder(path)


def test_damaged_secret_is_refused(folder: SealedFolder, path: Path) -> None:
    (path / "secret").write_bytes(b"short")

    with pytest.raises(SealError, match="secret is damaged; delete it"):
        SealedFolder(path)


def test_new_secret_voids_what_the_old_one_sealed(folder: SealedFolder, path: Path) -> None:
    (path / "secret").unlink()

    with pytest.raises(SealError, match="was not written by this user"):
        SealedFolder(path).read("a.plan")


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(SealError, match=r"engines cannot be used \(Not a directory"):
        SealedFolder(tmp_path / "file" / "engines")


def test_differences_name_both() -> None:
    wanted, found = {"gpu": "L4", "driver": "1"}, {"gpu": "A10", "driver": "1"}

    assert describe_differences(wanted, found) == "gpu A10, not L4"
    assert describe_differences(wanted, wanted) == ""
