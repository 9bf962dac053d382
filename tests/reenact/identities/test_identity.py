"""reenact/identities/identity.py: who is in a pack, and pictures of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.axes import AXES
from reenact.errors import IdentityError, PackError
from reenact.identities.identity import (
    EXPRESSIONS,
    draw_gallery,
    draw_portrait,
    expression,
    find_card,
    load_identity,
)
from reenact.packs.bundled import DEFAULT_PACK
from reenact.packs.pack import Pack, load_pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES
from tests.support.fakes import (
    ROWS,
    WIDTH,
    FakePack,
    ada,
    fake_reenactor,
    write_card,
    write_identity,
    write_pack,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pack(tmp_path)


@pytest.fixture
def pack(root: Path) -> Pack:
    return load_pack(root)


def test_identity_has_its_name_and_latent(pack: Pack) -> None:
    identity = load_identity(pack, "ada")

    assert identity.name == "ada"
    assert np.array_equal(identity.latent, ada(0).latent)


def test_identity_without_a_code_of_its_own_is_what_motion_is_added_to(pack: Pack) -> None:
    identity = load_identity(pack, "ada")

    assert np.array_equal(identity.inversion, identity.latent)


def test_identity_has_its_own_code(root: Path) -> None:
    write_identity(root, "ada", latent=ada(0).latent, inversion=ada(9).latent)

    assert np.array_equal(load_identity(load_pack(root), "ada").inversion, ada(9).latent)


def test_changed_byte_is_found_when_the_identity_is_loaded(root: Path, pack: Pack) -> None:
    path = root / "identities/ada.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(PackError, match=r"ada.safetensors is damaged"):
        load_identity(pack, "ada")
    assert load_identity(pack, "ben").name == "ben"


def test_description_comes_from_the_card(pack: Pack) -> None:
    assert find_card(pack, "ben").description == "ben, for tests"


def test_unknown_identity_is_refused_with_those_there_are(pack: Pack) -> None:
    with pytest.raises(IdentityError, match=r"no identity 'eve'.*choose one of ada, ben, chi"):
        load_identity(pack, "eve")


def test_name_is_never_taken_as_a_path(pack: Pack) -> None:
    with pytest.raises(IdentityError, match=r"no identity"):
        load_identity(pack, "../identities/ada")


BAD = {
    "other shape": {"latent": np.zeros((ROWS, WIDTH + 1), np.float32)},
    "other dtype": {"latent": np.zeros((ROWS, WIDTH), np.float64)},
    "not finite": {"latent": np.full((ROWS, WIDTH), np.nan, np.float32)},
    "other tensor": {"code": np.zeros((ROWS, WIDTH), np.float32)},
    "own code of another shape": {
        "latent": np.zeros((ROWS, WIDTH), np.float32),
        "inversion": np.zeros((ROWS, 1), np.float32),
    },
}


@pytest.mark.parametrize("tensors", BAD.values(), ids=BAD.keys())
def test_file_with_another_content_is_refused(root: Path, tensors: dict[str, Any]) -> None:
    write_identity(root, "ada", **tensors)

    with pytest.raises(IdentityError, match=r"ada.safetensors .*make that identity again"):
        load_identity(load_pack(root), "ada")


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F8_E4M3", "F8_E5M2", "I64", "BOOL"])
@pytest.mark.parametrize("name", ["latent", "inversion"])
def test_code_of_a_type_that_numpy_may_lack_is_one_sentence(
    root: Path, dtype: str, name: str
) -> None:
    sizes = {"BF16": 2, "F16": 2, "I64": 8}
    tensors, at = {}, 0
    for key, kind in {"latent": "F32", "inversion": "F32", name: dtype}.items():
        end = at + ROWS * WIDTH * {**sizes, "F32": 4}.get(kind, 1)
        tensors[key] = {"dtype": kind, "shape": [ROWS, WIDTH], "data_offsets": [at, end]}
        at = end
    header = json.dumps(tensors).encode()
    path = root / "identities/ada.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(at))
    write_card(root / "identities/ada.json")

    with pytest.raises(IdentityError, match=rf"must hold finite float32 .*, got {dtype} "):
        load_identity(load_pack(root), "ada")


def test_file_that_is_no_safetensors_is_refused(root: Path) -> None:
    (root / "identities/ada.safetensors").write_bytes(b"\x80\x04pickle")
    write_card(root / "identities/ada.json")

    with pytest.raises(IdentityError, match=r"ada.safetensors is no identity"):
        load_identity(load_pack(root), "ada")


def contains(sheet: np.ndarray, picture: np.ndarray) -> bool:
    windows = np.lib.stride_tricks.sliding_window_view(sheet, picture.shape)
    return bool((windows[:, :, 0] == picture).all(axis=(2, 3, 4)).any())


def test_gallery_shows_everyone_at_rest(pack: Pack) -> None:
    reenactor = Reenactor(pack)
    sheet = draw_gallery(reenactor)

    neutral = reenactor.read_motion(np.zeros(13, np.float32))
    for name in pack.identities:
        assert contains(sheet, reenactor.render(load_identity(pack, name), neutral)), name


def test_gallery_of_a_pack_without_people_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match=r"holds no identities"):
        draw_gallery(Reenactor(load_pack(write_pack(tmp_path, []))))


def test_portrait_shows_every_expression(pack: Pack) -> None:
    reenactor, identity = Reenactor(pack), load_identity(pack, "ada")
    sheet = draw_portrait(reenactor, identity)

    for name, values in EXPRESSIONS.items():
        motion = reenactor.read_motion(expression(values, pack.axes))
        assert contains(sheet, reenactor.render(identity, motion)), name


def test_portrait_of_a_face_pack_shows_the_rest(tmp_path: Path) -> None:
    reenactor = fake_reenactor(FakePack(reads="face"))

    picture = render_neutral(reenactor, ada())
    assert contains(draw_portrait(reenactor, ada()), picture)


def test_expressions_name_only_axes_there_are() -> None:
    assert {axis for values in EXPRESSIONS.values() for axis in values} <= set(AXES)


def test_expression_puts_values_on_their_axes() -> None:
    assert expression({"jawOpen": 0.5}, AXES)[AXES.index("jawOpen")] == 0.5
    assert expression({"jawOpen": 0.5}, EXPRESSION_AXES)[EXPRESSION_AXES.index("jaw")] == 0.5


@pytest.mark.skipif(
    not DEFAULT_PACK.exists(), reason=f"THE BUNDLED PACK IS MISSING: {DEFAULT_PACK}"
)
def test_every_bundled_identity_loads() -> None:
    pack = load_pack()

    names = [load_identity(pack, name).name for name in pack.identities]
    assert names == list(pack.identities)
