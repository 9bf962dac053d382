"""export/pack_precision.py: a pack in half precision, of which every net passed the gate."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export.avatar_pack import write_avatar_pack
from export.pack_precision import rewrite_pack
from export.parity import report_path
from reenact.cli.main import main
from reenact.errors import PackError
from reenact.identities.identity import load_identity
from reenact.nets.avatar import AvatarNet
from reenact.packs.pack import load_pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from tests.support.fakes import write_pack


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A narrow pack of 32 pixels."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("packs") / "narrow"
    people = {"ada": "first", "ben": "second"}
    write_avatar_pack(AvatarNet(2, [16, 16, 12, 8], 16), people, folder, provenance={})
    return folder


@pytest.fixture(scope="module")
def halved(whole: Path) -> tuple[Path, list[str]]:
    target = whole.with_name("halved")
    return target, list(rewrite_pack(load_pack(whole), target))


def test_nets_with_convolutions_compute_in_half_precision(halved: tuple[Path, list[str]]) -> None:
    pack = load_pack(halved[0])
    kinds = {w.data_type for w in onnx.load(pack.graphs["synthesis"].file.path).graph.initializer}

    assert (pack.name, pack.graphs["synthesis"].precision) == ("halved", "fp16")
    assert onnx.TensorProto.FLOAT16 in kinds
    assert pack.graphs["motion"].precision == "fp32"
    pack.verify()


def test_each_net_is_told(halved: tuple[Path, list[str]]) -> None:
    motion, synthesis = halved[1]

    assert motion == "motion: stays fp32, it has no convolutions"
    assert synthesis.startswith("synthesis: fp16, typical ")


def test_report_lies_beside_the_net(halved: tuple[Path, list[str]]) -> None:
    net = load_pack(halved[0]).graphs["synthesis"].file
    report = json.loads(report_path(net.path).read_text())

    assert report["sha256"] == net.sha256
    assert all(row["passed"] for row in report["comparisons"])


def test_people_look_the_same(halved: tuple[Path, list[str]], whole: Path) -> None:
    pictures = []
    for folder in (whole, halved[0]):
        reenactor = Reenactor(load_pack(folder), device="cpu")
        ada = load_identity(reenactor.pack, "ada")
        pictures.append(render_neutral(reenactor, ada).astype(int))

    assert np.abs(pictures[0] - pictures[1]).max() <= 3


def test_the_pack_itself_is_left_alone(halved: tuple[Path, list[str]], whole: Path) -> None:
    load_pack(whole).verify()

    assert load_pack(whole).graphs["synthesis"].precision == "fp32"
    assert [path.name for path in whole.parent.glob(".*") if path.suffix != ".lock"] == []


def test_pack_of_which_nothing_gains_is_not_written(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path / "tiny"))

    with pytest.raises(PackError, match="no net of pack tiny passes in fp16"):
        list(rewrite_pack(pack, tmp_path / "half"))
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["tiny"]


def test_half_precision_is_no_source(halved: tuple[Path, list[str]], tmp_path: Path) -> None:
    with pytest.raises(PackError, match="must be fp32 to be rewritten, but synthesis is not"):
        list(rewrite_pack(load_pack(halved[0]), tmp_path / "again"))


def test_whole_precision_is_what_it_has(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="narrow is fp32 already"):
        list(rewrite_pack(load_pack(whole), tmp_path / "same", precision="fp32"))


def test_pack_is_never_written_over_itself(whole: Path) -> None:
    with pytest.raises(PackError, match="is the pack itself, which is kept"):
        list(rewrite_pack(load_pack(whole), whole, force=True))


@pytest.mark.parametrize("force", [False, True])
def test_folder_of_something_else_is_never_replaced(
    force: bool, whole: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters").write_text("mine")

    with pytest.raises(PackError, match="exists already"):
        list(rewrite_pack(load_pack(whole), tmp_path, force=force))
    assert (tmp_path / "letters").read_text() == "mine"


def test_target_that_cannot_be_written_is_one_sentence(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert main(["export", "onnx", str(whole), "--out", str(tmp_path / "file" / "half")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line


def test_pack_is_put_among_the_users_packs(
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path))

    assert main(["export", "onnx", str(whole)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "narrow-fp16")
    load_pack(tmp_path / "narrow-fp16").verify()
