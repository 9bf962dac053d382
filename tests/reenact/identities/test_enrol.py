"""reenact/identities/enrol.py: photographs, or chance, become a person."""

from pathlib import Path

import numpy as np
import pytest

from reenact.errors import PackError
from reenact.identities.enrol import Enroller, require_enrolment
from reenact.packs.pack import Pack, load_pack
from reenact.types import Image, Latent
from tests.support.fake_face_pack import (
    AVERAGE,
    BIAS,
    MAPS,
    SEES,
    SHOWS,
    STEPS,
    WEIGHT,
    code_of,
    face_picture,
    fields_of,
    write_face_pack,
)
from tests.support.fakes import ROWS, WIDTH, read_manifest, write_manifest, write_pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack(write_face_pack(tmp_path_factory.mktemp("packs") / "tiny-faces"))


@pytest.fixture(scope="module")
def enroller(pack: Pack) -> Enroller:
    return Enroller(pack, device="cpu")


def close(got: Latent, expected: Latent) -> None:
    np.testing.assert_allclose(got, expected, atol=2e-4)


def test_inversion_adds_the_average_code_exactly_once(enroller: Enroller) -> None:
    face = face_picture(0)

    close(enroller.invert(face), code_of(face))


def test_net_that_sees_no_picture_takes_its_one_step(tmp_path: Path) -> None:
    face = face_picture(0)
    with Enroller(load_pack(write_face_pack(tmp_path, iterative=False)), device="cpu") as enroller:
        code = enroller.invert(face)

    close(code, AVERAGE + (fields_of(face) @ SEES / 2).reshape(ROWS, WIDTH).astype(np.float32))


def test_codes_of_several_photographs_are_averaged(enroller: Enroller) -> None:
    faces = [face_picture(seed) for seed in range(3)]
    enrolled = enroller.enrol("eve", faces)

    close(enrolled.identity.inversion, np.mean([code_of(face) for face in faces], axis=0))
    assert enrolled.face is faces[0]


def test_latent_is_the_folded_map_of_the_code(enroller: Enroller) -> None:
    identity = enroller.enrol("eve", [face_picture(0)]).identity

    expected = WEIGHT @ identity.inversion.ravel() + BIAS
    close(identity.latent, expected.reshape(ROWS, WIDTH))


def test_card_tells_how_but_not_of_which_files(enroller: Enroller) -> None:
    made = enroller.enrol("eve", [face_picture(0), face_picture(1)]).made

    assert made.keys() == {"how", "photographs", "steps", "similarity"}
    assert (made["how"], made["photographs"], made["steps"]) == ("photographs", 2, STEPS)


def test_similarity_is_high_for_what_the_nets_can_show(enroller: Enroller) -> None:
    shown = enroller.render(np.random.default_rng(3).normal(0, 0.3, (ROWS, WIDTH)).astype("f4"))

    assert enroller.enrol("eve", [shown]).made["similarity"] > 0.99


def test_pack_without_a_similarity_net_claims_none(tmp_path: Path) -> None:
    with Enroller(load_pack(write_face_pack(tmp_path, similarity=False)), device="cpu") as enroller:
        assert "similarity" not in enroller.enrol("eve", [face_picture(0)]).made


def test_refinement_is_given_each_code_with_its_face(enroller: Enroller) -> None:
    faces = [face_picture(0), face_picture(1)]

    def refine(code: Latent, face: Image) -> Latent:
        close(code, code_of(face))
        return np.full_like(code, face[0, 0, 0])

    inversion = enroller.enrol("eve", faces, refine).identity.inversion
    assert (inversion == np.mean([face[0, 0, 0] for face in faces])).all()


def test_random_person_is_the_same_for_the_same_seed(pack: Pack, enroller: Enroller) -> None:
    first = enroller.enrol_random("eve", 7)
    with Enroller(pack, device="cpu") as another:
        second = another.enrol_random("eve", 7)

    assert np.array_equal(first.identity.latent, second.identity.latent)
    assert not np.array_equal(
        first.identity.latent, enroller.enrol_random("eve", 8).identity.latent
    )
    assert first.made["seed"] == 7


def test_random_person_is_the_inversion_of_an_8_bit_picture_of_w(enroller: Enroller) -> None:
    w = np.random.default_rng(7).standard_normal((1, WIDTH), np.float32) @ MAPS
    fields = (np.repeat(w, ROWS, axis=0).ravel() @ SHOWS).reshape(3, 4, 4)
    grey = np.clip(fields * 127.5 + 127.5, 0, 255).astype(np.uint8)
    shown = np.kron(grey, np.ones((1, 64, 64), np.uint8)).transpose(1, 2, 0)
    enrolled = enroller.enrol_random("eve", 7)

    assert np.abs(enrolled.face.astype(int) - shown).max() <= 1  # the last bit may round over
    close(enrolled.identity.inversion, code_of(enrolled.face))


def test_pack_whose_people_are_trained_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack tiny has no net that makes people of pictures"):
        require_enrolment(load_pack(write_pack(tmp_path)))


def test_damaged_constants_are_found(tmp_path: Path) -> None:
    root = write_face_pack(tmp_path)
    path = root / "enrolment.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(PackError, match=r"enrolment.safetensors is damaged"):
        Enroller(load_pack(root))


def test_pack_without_a_mapping_net_says_so(tmp_path: Path) -> None:
    root = write_face_pack(tmp_path)
    manifest = read_manifest(root)
    del manifest["graphs"]["mapping"]
    write_manifest(root, manifest)

    with (
        Enroller(load_pack(root), device="cpu") as enroller,
        pytest.raises(PackError, match="no graph 'mapping'"),
    ):
        enroller.enrol_random("eve", 1)
