from pathlib import Path

import pytest

from export.pack_folder import replace_pack, write_manifest
from reenact.errors import PackError


def fill(folder: Path) -> None:
    with replace_pack(folder) as fresh:
        write_manifest(fresh, name="new")


def test_pack_replaces_a_pack_an_empty_folder_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("none", "empty", "none"):
        fill(tmp_path / name)

    assert "new" in (tmp_path / "none" / "pack.json").read_text()
    assert "new" in (tmp_path / "empty" / "pack.json").read_text()


def test_pack_never_replaces_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").touch()

    with pytest.raises(PackError, match="holiday is no pack, and what is in it would be lost"):
        fill(tmp_path / "holiday")

    assert [path.name for path in (tmp_path / "holiday").iterdir()] == ["beach.jpg"]


def test_pack_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("precious")

    with pytest.raises(PackError, match="thesis is no pack"):
        fill(tmp_path / "thesis")

    assert (tmp_path / "thesis").read_text() == "precious"
