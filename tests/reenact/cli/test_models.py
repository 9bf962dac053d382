"""`reenact models ...`: what there is, whether it is whole, and its removal."""

from pathlib import Path

import pytest

from reenact.checkpoints.catalogue import CATALOGUE, PUBLISHED_CODES
from reenact.cli.main import main
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.installed import find_pack, list_packs, remove_pack
from tests.support.fakes import write_pack


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this user's packs, with one in it."""
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path))
    write_pack(tmp_path / "tiny", names=("ada",))
    return tmp_path


def test_list_names_every_file_with_its_terms_and_the_packs_here(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list"]) == 0

    said = capsys.readouterr().out
    for entry in CATALOGUE:
        assert all(fact in said for fact in (entry.file, entry.licence, entry.url))
    for address in (address for pair in PUBLISHED_CODES for address in pair):
        assert f"  {address}\n" in said
    assert f"tiny: 32 px, reads expression, 1 people, Apache-2.0\n  {home / 'tiny'}" in said
    assert "avatar-256" in said


def test_list_says_what_is_wrong_with_a_broken_pack(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "tiny" / "pack.json").write_text("{")

    assert main(["models", "list"]) == 0
    assert "cannot be read" in capsys.readouterr().out


def test_verify_reads_every_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "tiny"]) == 0
    assert "all 3 files are right" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["motion.onnx", "synthesis.onnx", "identities/ada.safetensors"])
def test_verify_finds_one_changed_byte(
    file: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "tiny" / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    assert main(["models", "verify", "tiny"]) == 1
    assert f"{path} is damaged" in capsys.readouterr().err


def test_verify_deletes_what_a_kill_left_and_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = home / "tiny" / "identities"
    (people / ".bob.k3grdz4g").mkdir()
    for path in (people / ".bob.k3grdz4g" / "picture.png", people / "bob.png"):
        path.write_bytes(b"a face")
    (home / ".tiny.old").mkdir()
    (home / ".tiny.old" / "face.png").write_bytes(b"a face")

    assert main(["models", "verify", "tiny"]) == 0
    assert "2 files of no person were left by a stopped command" in capsys.readouterr().err
    assert not list(home.rglob("*.png"))


def test_verify_writes_nothing_where_nothing_is_left(home: Path) -> None:
    assert main(["models", "verify", "tiny"]) == 0

    assert [path.name for path in home.iterdir()] == ["tiny"]


def test_pack_with_people_is_removed_only_on_purpose(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "remove", "tiny"]) == 1
    assert "holds 1 people who would be deleted with it" in capsys.readouterr().err
    assert (home / "tiny" / "pack.json").exists()

    assert main(["models", "remove", "tiny", "--force"]) == 0
    assert [path.name for path in home.iterdir()] == [".tiny.lock"]


@pytest.mark.parametrize("name", ["other", "avatar-256", "../tiny", "."])
def test_only_an_imported_pack_can_be_removed(
    name: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "remove", name, "--force"]) == 1

    assert "there is no imported pack" in capsys.readouterr().err
    assert (home / "tiny" / "pack.json").exists()
    assert (DEFAULT_PACK / "pack.json").exists()


def test_interrupted_removal_leaves_no_half_pack(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", stop)
    with pytest.raises(KeyboardInterrupt):
        remove_pack("tiny", force=True)

    assert "tiny" not in "".join(list_packs())
    with pytest.raises(Exception, match="there is no pack 'tiny'"):
        find_pack("tiny")
