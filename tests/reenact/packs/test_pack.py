"""reenact/packs/pack.py and manifest.py: a good pack loads; others are refused in one sentence."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.base import EngineError, TensorSpec
from engines.onnx_file import sha256_of
from reenact.axes import AXES
from reenact.errors import PackError
from reenact.identities.identity import load_identity
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.interface import declare_graphs
from reenact.packs.pack import load_pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES
from tests.support.fakes import (
    ROWS,
    SIZE,
    WIDTH,
    entry,
    read_manifest,
    write_card,
    write_manifest,
    write_motion,
    write_pack,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "tiny")


def test_pack_says_what_it_is(root: Path) -> None:
    pack = load_pack(root)

    assert (pack.name, pack.size, pack.rows, pack.width) == ("tiny", SIZE, ROWS, WIDTH)
    assert (pack.reads, pack.licence) == ("expression", "Apache-2.0")


def test_identities_are_sorted_by_name(tmp_path: Path) -> None:
    assert load_pack(write_pack(tmp_path, ["zoe", "ada"])).identities == ("ada", "zoe")


def test_codes_without_a_card_are_nobody(root: Path) -> None:
    (root / "identities" / "ben.json").unlink()

    assert load_pack(root).identities == ("ada", "chi")


def test_pack_without_a_folder_of_people_has_none(tmp_path: Path) -> None:
    assert load_pack(write_pack(tmp_path, [])).identities == ()


def test_graph_declares_its_tensors(root: Path) -> None:
    graph = load_pack(root).graphs["synthesis"]

    assert graph.inputs == (TensorSpec("w", (None, ROWS, WIDTH), "float32"),)
    assert graph.file.sha256 == sha256_of(root / "synthesis.onnx")


def test_pack_opens_its_graph(root: Path) -> None:
    assert list(load_pack(root).open("motion", "cpu").inputs) == ["expression"]


def test_unknown_graph_is_refused(root: Path) -> None:
    with pytest.raises(PackError, match=r"no graph 'mapping', only motion, synthesis"):
        load_pack(root).open("mapping")


def test_missing_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no pack at .*nowhere"):
        load_pack(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["motion.onnx", "synthesis.onnx", "identities/ada.safetensors"], ids=str
)
def test_verifying_finds_one_changed_byte(root: Path, name: str) -> None:
    pack = load_pack(root)
    change_a_byte(root / name)

    with pytest.raises(PackError, match=f"{Path(name).name} is damaged"):
        pack.verify()


def test_verifying_a_good_pack_is_silent(root: Path) -> None:
    load_pack(root).verify()


def test_damaged_net_never_reaches_an_engine(root: Path) -> None:
    change_a_byte(root / "motion.onnx")
    pack = load_pack(root)

    with pytest.raises(PackError, match=r"motion.onnx is damaged"):
        pack.open("motion", "no device at all")


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["motion.onnx", "identities/ada.safetensors"], ids=str)
def test_missing_file_is_named(root: Path, name: str) -> None:
    (root / name).unlink()

    with pytest.raises(PackError, match=f"{name}, which is not there"):
        load_pack(root)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "\x00", '{"schema": '],
    ids=["empty", "cut", "deep", "nul", "end"],
)
def test_manifest_that_is_no_json_is_refused(root: Path, text: str) -> None:
    (root / "pack.json").write_text(text)

    with pytest.raises(PackError, match=r"cannot be read"):
        load_pack(root)


@pytest.mark.parametrize(
    "manifest", [{}, {"schema": 1}, {"schema": 3}, {"schema": "2"}, {"schema": None}], ids=repr
)
def test_unknown_schema_is_refused(root: Path, manifest: Any) -> None:
    write_manifest(root, manifest)

    with pytest.raises(PackError, match=r"must be of schema 2, got .*use a pack made for"):
        load_pack(root)


@pytest.mark.parametrize("manifest", [[], None, 2], ids=repr)
def test_manifest_that_is_no_object_is_refused(root: Path, manifest: Any) -> None:
    write_manifest(root, manifest)

    with pytest.raises(PackError, match=r"pack.json must hold an object"):
        load_pack(root)


OUTSIDE = [
    "../secret",
    "/etc/passwd",
    "graphs/../../secret",
    "graphs\\..\\..\\secret",
    "C:/secret",
    "c:secret",
    "./motion.onnx",
    "graphs//motion.onnx",
    "",
    ".",
    "..",
    "motion.onnx\0",
]


@pytest.mark.parametrize("name", OUTSIDE, ids=repr)
def test_file_name_that_leaves_the_pack_is_refused(root: Path, name: str) -> None:
    (root.parent / "secret").write_text("not yours")
    manifest = read_manifest(root)
    manifest["graphs"]["motion"]["file"] = name
    write_manifest(root, manifest)

    with pytest.raises(PackError, match=r"must stay inside the pack"):
        load_pack(root)


@pytest.mark.parametrize("name", OUTSIDE, ids=repr)
def test_card_that_names_a_file_outside_is_refused(root: Path, name: str) -> None:
    write_card(root / "identities" / "ada.json", latent={"file": name, "sha256": ""})

    with pytest.raises(PackError, match=r"ada.json: file names must stay inside the pack"):
        load_pack(root)


@pytest.mark.parametrize(
    "name", ["x" * 256, "x/" * 3000 + "x", "motion.onnx/x", "\ud800", "a\udfff.onnx"],
    ids=["long", "deep", "below a file", "surrogate", "half a pair"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["pack.json", "ada.json"])
def test_file_name_that_no_file_can_have_is_one_sentence(root: Path, name: str, place: str) -> None:
    if place == "pack.json":
        manifest = read_manifest(root)
        manifest["graphs"]["motion"]["file"] = name
        write_manifest(root, manifest)
    else:
        write_card(root / "identities" / "ada.json", latent={"file": name, "sha256": ""})

    with pytest.raises(
        PackError, match=rf"{place}.*[;:] (get the pack|make that identity)"
    ) as error:
        load_pack(root)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["licence", "provenance", "extra"])
def test_half_a_character_anywhere_is_one_sentence(root: Path, key: str) -> None:
    value = "\udc80" if key == "licence" else {"\udc80": 1}
    write_manifest(root, {**read_manifest(root), key: value})

    with pytest.raises(PackError, match=r"pack.json cannot be read \(.*surrogates.*get the pack"):
        load_pack(root)


def test_card_that_is_a_link_out_of_the_pack_is_refused(root: Path) -> None:
    card = root / "identities" / "ada.json"
    card.rename(root.parent / "ada.json")
    card.symlink_to(root.parent / "ada.json")

    with pytest.raises(PackError, match=r"must stay inside the pack"):
        load_pack(root)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="modes are POSIX, and root may enter"
)
def test_people_of_another_user_are_not_taken_for_nobody(root: Path) -> None:
    (root / "identities").chmod(0)
    try:
        with pytest.raises(PackError, match="check who may enter it"):
            load_pack(root)
    finally:
        (root / "identities").chmod(0o700)


BAD_CARDS = {
    "other name": {"name": "ben"},
    "name is a path": {"name": "../ada"},
    "no description": {"description": None},
    "latent is a text": {"latent": "ada.safetensors"},
    "hash is missing": {"latent": {"file": "ada.safetensors"}},
    "picture is not there": {"picture": {"file": "ada.png", "sha256": ""}},
    "made is a list": {"made": []},
}


@pytest.mark.parametrize("values", BAD_CARDS.values(), ids=BAD_CARDS.keys())
def test_bad_card_is_refused_in_one_line(root: Path, values: dict[str, Any]) -> None:
    write_card(root / "identities" / "ada.json", **values)

    with pytest.raises(PackError, match=r"ada.json: .*make that identity again$") as error:
        load_pack(root)
    assert "\n" not in str(error.value)


def test_link_that_leaves_the_pack_is_refused(root: Path) -> None:
    outside = root.parent / "outside.onnx"
    (root / "motion.onnx").rename(outside)
    (root / "motion.onnx").symlink_to(outside)

    with pytest.raises(PackError, match=r"must stay inside the pack"):
        load_pack(root)


def change(*keys: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def apply(manifest: dict[str, Any]) -> None:
        table = manifest
        for key in keys[:-1]:
            table = table[key]
        table[keys[-1]] = to

    return apply


BAD = {
    "size is a text": change("size", to="256"),
    "size is zero": change("size", to=0),
    "size is a truth": change("size", to=True),
    "size is absurd": change("size", to=10**9),
    "size differs from the net": change("size", to=64),
    "rows differ from the net": change("rows", to=ROWS + 1),
    "no licence": change("licence", to=None),
    "name is a path": change("name", to="../tiny"),
    "reads something else": change("reads", to="voice"),
    "reads faces, but the net does not": change("reads", to="face"),
    "axis of another program": change("axes", to=["jawOpen", "wiggleEars"]),
    "axis listed twice": change("axes", to=["jawOpen"] * 13),
    "no axes": change("axes", to=[]),
    "axes are a text": change("axes", to="jawOpen"),
    "axis is a number": change("axes", to=[1]),
    "axes are more than the net takes": change("axes", to=list(AXES)),
    "graphs is a list": change("graphs", to=[]),
    "no synthesis": change("graphs", to={}),
    "name of a Windows device": change("name", to="nul.x"),
    "hash is missing": change("graphs", "motion", "sha256", to=None),
    "enrolment is a text": change("enrolment", to="enrolment.safetensors"),
    "enrolment without steps": change(
        "enrolment", to={"file": "motion.onnx", "sha256": "", "steps": 0}
    ),
    "weights are not there": change("weights", to={"file": "gone", "sha256": ""}),
    "tensor is a text": change("graphs", "motion", "inputs", to=["expression"]),
    "no input": change("graphs", "motion", "inputs", to=[]),
    "shape of texts": change(
        "graphs", "motion", "inputs", to=[{"name": "x", "shape": ["N"], "dtype": "float32"}]
    ),
    "unknown dtype": change(
        "graphs", "motion", "inputs", to=[{"name": "x", "shape": [13], "dtype": "object"}]
    ),
}


def test_pack_without_a_list_of_axes_has_the_old_thirteen(root: Path) -> None:
    assert load_pack(root).axes == EXPRESSION_AXES


def test_pack_moves_on_the_axes_that_it_lists(root: Path) -> None:
    manifest = read_manifest(root)
    change("axes", to=list(AXES[:13]))(manifest)
    write_manifest(root, manifest)

    assert load_pack(root).axes == AXES[:13]


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD.keys())
def test_bad_manifest_is_refused_in_one_line(
    root: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    manifest = read_manifest(root)
    spoil(manifest)
    write_manifest(root, manifest)

    with pytest.raises(PackError) as error:
        load_pack(root)
    assert "\n" not in str(error.value)


def test_net_that_speaks_other_tensors_than_declared_is_refused(root: Path) -> None:
    write_motion(root / "synthesis.onnx")
    manifest = read_manifest(root)
    manifest["graphs"]["synthesis"].update(entry(root, "synthesis.onnx"))
    write_manifest(root, manifest)

    with pytest.raises(
        EngineError, match=r"synthesis.onnx must have the tensors w: .*, got expression: "
    ):
        load_pack(root).open("synthesis", "cpu")


@pytest.mark.skipif(
    not DEFAULT_PACK.exists(), reason=f"THE BUNDLED PACK IS MISSING: {DEFAULT_PACK}"
)
def test_bundled_pack_is_whole() -> None:
    pack = load_pack()

    assert pack.reads == "expression"
    assert len(pack.identities) >= 1
    assert pack.open("motion", "cpu").device == "cpu"


@pytest.mark.skipif(
    not DEFAULT_PACK.exists(), reason=f"THE BUNDLED PACK IS MISSING: {DEFAULT_PACK}"
)
def test_bundled_pack_is_small_enough_for_the_repository() -> None:
    files = [path for path in DEFAULT_PACK.rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) <= 25e6


DOCUMENTATION = (Path(__file__).parents[3] / "docs" / "pack.md").read_text(encoding="utf-8")


def test_program_in_the_documentation_writes_a_whole_pack(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENTATION, re.DOTALL)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)

    pack = load_pack(tmp_path / "tiny")
    pack.verify()
    picture = render_neutral(Reenactor(pack, device="cpu"), load_identity(pack, "ada"))
    assert picture.shape == (64, 64, 3)


def test_documentation_describes_every_graph() -> None:
    for name, graph in declare_graphs(reads="face", code=(4, 8), size=32).items():
        (row,) = [line for line in DOCUMENTATION.splitlines() if line.startswith(f"| `{name}` |")]
        assert all(f"`{spec.name}` {spec.dtype}" in row for spec in graph.inputs + graph.outputs)
