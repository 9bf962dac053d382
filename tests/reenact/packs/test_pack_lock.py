"""reenact/packs/pack_lock.py: two at once, and a kill at any moment, lose and leave nobody."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from export.pack_folder import replace_pack
from reenact.errors import PackError
from reenact.identities.store import remove_identity
from reenact.packs.installed import find_pack, list_packs, remove_pack
from reenact.packs.pack import load_pack
from reenact.packs.pack_lock import claim_pack, hold_pack
from tests.support.fakes import write_motion, write_pack
from tests.support.killed_changes import add, exchange, kill_at_each_step
from tests.support.waiting import wait_until

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path / "home"))
    return write_pack(tmp_path / "home" / "tiny", ["ada", "ben"])


def folders(home: Path) -> set[str]:
    return {path.name for path in home.iterdir() if path.is_dir()}


@needs_fork
def test_exchange_that_was_killed_loses_nobody_and_leaves_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root)
    packs = kill_at_each_step("exchange", root, tmp_path / "killed")

    assert len(packs) > 10
    assert any(not pack.exists() for pack in packs)
    for pack in packs:
        monkeypatch.setenv("REENACT_PACKS", str(pack.parent))
        assert find_pack("tiny") == pack
        load_pack(pack).verify()
        assert load_pack(pack).identities == ("ada", "ben", "eve")
        exchange(pack)
        assert load_pack(pack).identities == ("ada", "ben", "eve")
        assert folders(pack.parent) == {"tiny"}


@needs_fork
def test_pack_whose_exchange_was_killed_is_found_by_its_path_too(
    root: Path, tmp_path: Path
) -> None:
    for pack in kill_at_each_step("exchange", root, tmp_path / "killed"):
        assert load_pack(pack).identities == ("ada", "ben")


@needs_fork
def test_removal_of_a_pack_that_was_killed_can_be_ended(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *packs, gone = kill_at_each_step("remove pack", root, tmp_path / "killed")

    assert len(packs) > 5
    assert not gone.exists()
    for pack in packs:
        monkeypatch.setenv("REENACT_PACKS", str(pack.parent))
        assert remove_pack("tiny", force=True) == pack
        assert folders(pack.parent) == set()


def test_person_who_is_added_while_the_pack_is_made_is_kept(root: Path) -> None:
    with replace_pack(root) as fresh:
        for file in ("motion.onnx", "synthesis.onnx", "pack.json"):
            shutil.copy(root / file, fresh)
        add(root)

    assert load_pack(root).identities == ("ada", "ben", "eve")


def test_person_who_is_removed_while_the_pack_is_made_does_not_come_back(root: Path) -> None:
    with replace_pack(root) as fresh:
        for file in ("motion.onnx", "synthesis.onnx", "pack.json"):
            shutil.copy(root / file, fresh)
        remove_identity(load_pack(root), "ada")

    assert load_pack(root).identities == ("ben",)


def test_second_maker_of_a_pack_is_refused_at_once(root: Path) -> None:
    errors: list[str] = []

    def make() -> None:
        try:
            exchange(root)
        except PackError as error:
            errors.append(str(error))

    with claim_pack(root):
        other = threading.Thread(target=make)
        other.start()
        other.join()

    assert errors == ["pack tiny is being made by another command; wait until that has ended"]
    exchange(root)


def test_maker_may_go_on_while_people_change(root: Path) -> None:
    with replace_pack(root) as fresh:
        for file in ("motion.onnx", "synthesis.onnx", "pack.json"):
            shutil.copy(root / file, fresh)
        other = threading.Thread(target=add, args=(root,))
        other.start()
        other.join()
        assert fresh.exists()

    assert load_pack(root).identities == ("ada", "ben", "eve")


def test_change_waits_for_another_and_says_so(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = threading.Thread(target=add, args=(root,))
    with hold_pack(root):
        other.start()
        wait_until(lambda: "waiting for another command that changes tiny" in caplog.text)
        assert load_pack(root).identities == ("ada", "ben")
    other.join()

    assert load_pack(root).identities == ("ada", "ben", "eve")


def test_failed_exchange_brings_the_old_pack_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name == ".tiny.partial":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"):
        exchange(root)

    assert load_pack(root).identities == ("ada", "ben")
    assert folders(root.parent) == {"tiny"}


def test_damaged_card_is_found_before_the_pack_is_made(root: Path) -> None:
    (root / "identities" / "ada.json").write_text("{")

    with pytest.raises(PackError, match=r"ada\.json"), replace_pack(root):
        pytest.fail("the work has begun")


def test_lock_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(PackError, match=r"file/.tiny.lock cannot be written"),
        hold_pack(tmp_path / "file" / "tiny"),
    ):
        pytest.fail("held")


def test_leftovers_of_a_pack_are_not_in_the_list(root: Path) -> None:
    write_motion(root.with_name(".tiny.partial.onnx"))
    shutil.copytree(root, root.with_name(".tiny.partial"))

    assert "tiny" in list_packs()
    assert not [name for name in list_packs() if name.startswith(".")]
