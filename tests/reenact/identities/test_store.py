"""reenact/identities/store.py: people on disk are whole or not there, whatever goes wrong."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.errors import IdentityError, MediaError, PackError
from reenact.identities.identity import load_identity
from reenact.identities.store import add_identity, remove_identity, rename_identity
from reenact.packs.pack import load_pack
from reenact.types import Identity
from tests.support.fakes import ada, read_manifest, write_card, write_manifest, write_pack
from tests.support.killed_changes import kill_at_each_step

PICTURE = np.full((8, 24, 3), 90, np.uint8)
EVE = Identity("eve", ada(7).latent, ada(8).latent)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "tiny", ["ada", "ben"])


def add(root: Path, identity: Identity = EVE, **options: Any) -> None:
    facts = {"description": "new", "made": {"how": "random"}, "picture": PICTURE}
    add_identity(load_pack(root), identity, **{**facts, **options})


def files(root: Path) -> set[str]:
    return {path.name for path in (root / "identities").iterdir()}


def codes(root: Path) -> dict[str, bytes]:
    """Everyone who can be loaded, by the bytes of both codes."""
    pack = load_pack(root)
    pack.verify()
    people = [load_identity(pack, name) for name in pack.identities]
    return {it.name: it.latent.tobytes() + it.inversion.tobytes() for it in people}


def test_added_person_is_there_with_codes_picture_and_facts(root: Path) -> None:
    add(root)

    pack = load_pack(root)
    loaded, card = load_identity(pack, "eve"), pack.cards["eve"]
    assert np.array_equal(loaded.latent, EVE.latent)
    assert np.array_equal(loaded.inversion, EVE.inversion)
    assert (card.description, dict(card.made)) == ("new", {"how": "random"})
    assert card.picture is not None
    assert files(root) >= {"eve.json", "eve.safetensors", "eve.png"}


def test_first_person_makes_the_folder(tmp_path: Path) -> None:
    root = write_pack(tmp_path / "tiny", [])
    (root / "identities").rmdir() if (root / "identities").exists() else None
    add(root)

    assert load_pack(root).identities == ("eve",)


@pytest.mark.parametrize("name", ["", "Eve", "a b", "../eve", "eve/x", "nul", "com1.x", "é", ".e"])
def test_name_that_is_none_is_refused(root: Path, name: str) -> None:
    before = files(root)

    with pytest.raises(IdentityError, match="names must be of lower-case letters"):
        add(root, Identity(name, EVE.latent, EVE.inversion))
    assert files(root) == before


def test_taken_name_needs_force(root: Path) -> None:
    with pytest.raises(IdentityError, match=r"has a 'ada' already; .*--force"):
        add(root, Identity("ada", EVE.latent, EVE.inversion))
    assert codes(root)["ada"] == ada(0).latent.tobytes() * 2


def test_forced_person_takes_the_place_and_leaves_nothing_behind(root: Path) -> None:
    for seed in (3, 4, 5):
        add(root, Identity("ada", ada(seed).latent, EVE.inversion), force=True)

        assert codes(root)["ada"] == ada(seed).latent.tobytes() + EVE.inversion.tobytes()
        assert len([name for name in files(root) if name.startswith("ada")]) == 3


def test_person_without_a_picture_replaces_one_with(root: Path) -> None:
    add(root)
    add(root, picture=None, force=True)

    assert [name for name in files(root) if name.endswith(".png")] == []


def test_left_over_codes_are_nobody_and_are_written_over(root: Path) -> None:
    (root / "identities/eve.safetensors").write_bytes(b"half")
    add(root)

    assert codes(root)["eve"] == EVE.latent.tobytes() + EVE.inversion.tobytes()


def test_removed_person_leaves_nothing(root: Path) -> None:
    before = files(root)
    add(root)
    remove_identity(load_pack(root), "eve")

    assert files(root) == before


def test_removing_leaves_files_that_another_card_names(root: Path) -> None:
    shared = json.loads((root / "identities/ada.json").read_text())["latent"]
    write_card(root / "identities/ben.json", latent=shared)
    remove_identity(load_pack(root), "ben")

    assert codes(root).keys() == {"ada"}


def test_renamed_person_is_the_same_under_the_new_name(root: Path) -> None:
    add(root)
    before = codes(root)["eve"]
    rename_identity(load_pack(root), "eve", "eva")

    assert codes(root)["eva"] == before
    assert load_pack(root).cards["eva"].description == "new"
    assert {name for name in files(root) if name.startswith("ev")} == {
        "eva.json", "eva.png", "eva.safetensors",
    }  # fmt: skip


@pytest.mark.parametrize("new", ["ben", "ada", "B"])
def test_rename_never_takes_anybodys_place(root: Path, new: str) -> None:
    before = codes(root)

    with pytest.raises(IdentityError):
        rename_identity(load_pack(root), "ada", new)
    assert codes(root) == before


@pytest.mark.parametrize(
    "change", [remove_identity, lambda pack, name: rename_identity(pack, name, "x")]
)
def test_unknown_person_is_refused(root: Path, change: Callable[..., None]) -> None:
    with pytest.raises(IdentityError, match="no identity 'eve'"):
        change(load_pack(root), "eve")


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def forget(root: Path, *names: str) -> None:
    """Remove everyone of those names who is there, as a user would after a kill."""
    for name in names:
        with suppress(IdentityError):
            remove_identity(load_pack(root), name)


@needs_fork
@pytest.mark.parametrize("change", ["add", "replace", "rename", "remove"])
def test_removing_after_a_kill_at_any_step_leaves_no_trace(
    root: Path, tmp_path: Path, change: str
) -> None:
    packs = kill_at_each_step(change, root, tmp_path / "killed")

    assert len(packs) > 3
    assert any(files(pack) > {"ada.json", "ada.safetensors"} for pack in packs)
    for pack in packs:
        assert codes(pack)["ben"] == ada(1).latent.tobytes() * 2
        forget(pack, "ada", "eve")
        assert files(pack) == {"ben.json", "ben.safetensors"}


@needs_fork
def test_removal_that_was_killed_can_be_ended_by_its_name(root: Path, tmp_path: Path) -> None:
    add(root, Identity("ada", EVE.latent, EVE.inversion), force=True)
    *packs, _ = kill_at_each_step("remove", root, tmp_path / "killed")

    for pack in packs:
        remove_identity(load_pack(pack), "ada")
        assert files(pack) == {"ben.json", "ben.safetensors"}


def test_pictures_are_deleted_before_codes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(root)
    deleted: list[str] = []
    unlink = os.unlink

    def watch(path: Any, **options: Any) -> None:
        deleted.append(Path(path).name)
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", watch)
    remove_identity(load_pack(root), "eve")

    assert deleted == ["eve.json", "eve.png", "eve.safetensors"]


def test_every_change_deletes_what_is_nobodys(root: Path) -> None:
    before = files(root)
    for change in (add, lambda root: remove_identity(load_pack(root), "eve")):
        scratch = root / "identities" / ".someone.k3grdz4g"
        scratch.mkdir()
        for path in (scratch / "picture.png", root / "identities/left.png"):
            path.write_bytes(b"a face")
        change(root)
        assert files(root) - before <= {"eve.json", "eve.png", "eve.safetensors"}


def test_link_among_the_leftovers_is_deleted_and_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    (root / "identities" / "linked").symlink_to(tmp_path / "mine")
    add(root)

    assert "linked" not in files(root)
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


@pytest.mark.parametrize("change", [add, lambda root: remove_identity(load_pack(root), "ada")])
@pytest.mark.parametrize("people", [True, False])
def test_linked_folder_of_people_is_refused(
    root: Path, tmp_path: Path, change: Callable[[Path], None], people: bool
) -> None:
    pack, outside = load_pack(root), tmp_path / "outside"
    shutil.move(root / "identities", outside)
    if not people:
        shutil.rmtree(outside)
        outside.mkdir()
    (outside / "letter").write_text("dear")
    (root / "identities").symlink_to(outside)
    before = {path.name for path in outside.iterdir()}

    with pytest.raises(PackError, match="must be a folder of the pack itself, got a link"):
        add_identity(pack, EVE, description="new", made={})
    with pytest.raises(PackError, match="must be a folder of the pack itself, got a link"):
        change(root)
    assert {path.name for path in outside.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_people_are_for_their_owner_alone(root: Path) -> None:
    (root / "identities").chmod(0o755)
    add(root)
    rename_identity(load_pack(root), "eve", "eva")

    assert stat.S_IMODE((root / "identities").stat().st_mode) == 0o700
    for name in ("eva.json", "eva.png", "eva.safetensors"):
        assert stat.S_IMODE((root / "identities" / name).stat().st_mode) == 0o600


def test_person_made_with_nets_that_are_no_longer_there_is_refused(root: Path) -> None:
    pack, before = load_pack(root), files(root)
    manifest = read_manifest(root)
    manifest["graphs"]["motion"]["sha256"] = "0" * 64
    write_manifest(root, manifest)

    with pytest.raises(PackError, match="was made anew in the meantime"):
        add_identity(pack, EVE, description="new", made={})
    assert files(root) == before


def test_files_of_another_persons_card_are_never_written_over(root: Path) -> None:
    shutil.copy(root / "identities/ada.safetensors", root / "identities/eve.safetensors")
    shared = json.loads((root / "identities/ada.json").read_text())["latent"]
    write_card(root / "identities/ben.json", latent={**shared, "file": "eve.safetensors"})
    add(root)

    assert codes(root)["ben"] == ada(0).latent.tobytes() * 2
    assert codes(root)["eve"] == EVE.latent.tobytes() + EVE.inversion.tobytes()


NEW = EVE.latent.tobytes() + EVE.inversion.tobytes()

CHANGES: dict[str, Callable[[Path], None]] = {
    "add": add,
    "replace": lambda root: add(root, Identity("ada", EVE.latent, EVE.inversion), force=True),
    "rename": lambda root: rename_identity(load_pack(root), "ada", "eva"),
    "remove": lambda root: remove_identity(load_pack(root), "ada"),
}


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr
)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_interruption_leaves_everybody_whole(
    root: Path,
    change: Callable[[Path], None],
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One call of the operating system after another fails, until the change goes through."""
    for at in range(100):
        copy = root.with_name(f"copy-{at}")
        shutil.copytree(root, copy)
        before = codes(copy)
        with monkeypatch.context() as patch:
            failing = Failing(at, error, patch)
            with suppress(MediaError, KeyboardInterrupt):
                change(copy)
        after = codes(copy)  # everyone there loads, with the right hashes
        assert after["ben"] == before["ben"]
        assert set(after.values()) <= {*before.values(), NEW}
        if change is not CHANGES["remove"]:
            assert before["ada"] in after.values() or after["ada"] == NEW
        assert failing.happened or after != before
        assert not [name for name in files(copy) if name.startswith(".")]
        if not failing.happened:
            assert at > 1
            return
    pytest.fail("the change never went through")


class Failing:
    """The `at`-th rename or deletion raises `error`, once."""

    def __init__(self, at: int, error: BaseException, patch: pytest.MonkeyPatch) -> None:
        self.left, self.error, self.happened = at, error, False
        for name in ("replace", "unlink"):
            patch.setattr(os, name, self.counted(getattr(os, name)))

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == -1:
                self.happened = True
                raise self.error
            return call(*arguments, **options)

        return counting
