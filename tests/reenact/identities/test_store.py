"""reenact/identities/store.py: people on disk are whole or not there, whatever goes wrong."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.errors import IdentityError, MediaError
from reenact.identities.identity import load_identity
from reenact.identities.store import add_identity, remove_identity, rename_identity
from reenact.packs.pack import load_pack
from reenact.types import Identity
from tests.support.fakes import ada, write_card, write_pack

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
