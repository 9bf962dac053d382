"""`reenact identity ...` as a user meets it, and the pack of faces that it fills, end to end."""

import argparse
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL.Image import Resampling

from reenact.cli.main import main
from reenact.cli.options import read_neutral_face
from reenact.driving import Driving
from reenact.face.stills import read_photographs
from reenact.identities.identity import load_identity
from reenact.media.pictures import read_picture, write_picture
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.nets.generator import Generator
from reenact.packs.bundled import DRIVER
from reenact.packs.pack import Pack, load_pack
from reenact.pipeline import open_pipeline
from reenact.reenactor import Reenactor
from reenact.types import Frame, Image
from tests.support.fake_face_pack import add_weights, code_of, write_face_pack
from tests.support.fakes import SIZE, WIDTH, write_pack


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REENACT_PACK", str(tmp_path / "faces"))
    return write_face_pack(tmp_path / "faces")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "me, private.png"
    write_picture(path, driver())
    return path


def driver() -> Image:
    return next(read_frames(DRIVER, probe_video(DRIVER))).image


def pack(root: Path) -> Pack:
    return load_pack(root)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_added_person_can_be_shown(
    root: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", "add", "eve", str(photo)]) == 0
    assert "only with that person's consent" in told(capsys)
    assert main(["identity", "show", "eve", "--picture", str(tmp_path / "eve.png")]) == 0
    assert "photographs: 1" in capsys.readouterr().out
    (photograph,) = read_photographs([photo])
    identity = load_identity(pack(root), "eve")
    np.testing.assert_allclose(identity.inversion, code_of(photograph.face), atol=2e-4)


def test_card_holds_neither_names_of_photographs_nor_paths(root: Path, photo: Path) -> None:
    main(["identity", "add", "eve", str(photo), "--description", "a friend"])

    text = (root / "identities/eve.json").read_text()
    assert "private" not in text
    assert str(photo.parent) not in text
    assert pack(root).cards["eve"].description == "a friend"


def test_kept_picture_shows_face_inversion_and_three_motions(root: Path, photo: Path) -> None:
    main(["identity", "add", "eve", str(photo)])

    picture = read_picture(root / "identities/eve.png")
    (photograph,) = read_photographs([photo])
    assert picture.shape == (4 + 256 + 4, 4 + 5 * (256 + 4), 3)
    assert np.array_equal(picture[4:260, 4:260], photograph.face)
    driven = [picture[:, (2 + i) * 256 : (3 + i) * 256] for i in range(3)]
    assert not np.array_equal(driven[0], driven[1])
    assert not np.array_equal(driven[1], driven[2])


def test_random_person_is_the_same_for_the_same_seed(root: Path) -> None:
    for name, seed in (("one", "3"), ("same", "3"), ("other", "4")):
        assert main(["identity", "random", name, "--seed", seed]) == 0

    one, same, other = (load_identity(pack(root), name) for name in ("one", "same", "other"))
    assert np.array_equal(one.latent, same.latent)
    assert not np.array_equal(one.latent, other.latent)
    assert pack(root).cards["one"].made["seed"] == 3


def test_people_are_renamed_and_removed(root: Path) -> None:
    main(["identity", "random", "eve"])

    assert main(["identity", "rename", "eve", "eva"]) == 0
    assert pack(root).identities == ("ada", "eva")
    assert main(["identity", "remove", "eva"]) == 0
    assert pack(root).identities == ("ada",)


def test_photograph_without_a_face_is_named_and_adds_nobody(
    root: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = tmp_path / "blank.png"
    write_picture(blank, np.full((200, 200, 3), 120, np.uint8))

    assert main(["identity", "add", "eve", str(photo), str(blank)]) == 1
    assert "blank.png shows no face" in told(capsys).splitlines()[-1]
    assert pack(root).identities == ("ada",)


@pytest.mark.parametrize(
    "words",
    [["add", "ada", "PHOTO"], ["random", "ada"], ["rename", "ada", "ada"]],
    ids=lambda words: words[0],
)
def test_taken_name_is_refused(
    words: list[str], photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", *(str(photo) if word == "PHOTO" else word for word in words)]) == 1
    assert "has a 'ada' already" in told(capsys)


@pytest.mark.parametrize(
    "words",
    [["add", "eve", "PHOTO"], ["random", "eve"], ["rename", "ada", "eve"], ["remove", "ada"]],
    ids=lambda words: words[0],
)
def test_pack_of_trained_people_stays_as_it_is(
    words: list[str], photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = str(write_pack(tmp_path / "trained"))
    words = [str(photo) if word == "PHOTO" else word for word in words]

    assert main(["identity", *words, "--pack", trained]) == 1
    assert "so its people cannot be changed" in told(capsys)
    assert pack(tmp_path / "trained").identities == ("ada", "ben", "chi")


def test_refinement_of_a_pack_without_weights_is_one_sentence(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", "add", "eve", str(photo), "--refine", "3"]) == 1
    assert "has no weights of its generator" in told(capsys)


def test_refined_person_differs_and_the_card_says_so(root: Path, photo: Path) -> None:
    add_weights(root, Generator((8, 8), WIDTH, z_layers=1))  # 4 rows of codes
    main(["identity", "add", "plain", str(photo)])

    assert main(["identity", "add", "refined", str(photo), "--refine", "3"]) == 0
    plain, refined = (load_identity(pack(root), name).inversion for name in ("plain", "refined"))
    assert not np.array_equal(plain, refined)
    assert pack(root).cards["refined"].made["refined"] == 3


@pytest.mark.parametrize(
    "options", [[], ["--relative"], ["--relative", "1.5"]], ids=lambda words: " ".join(words)
)
def test_convert_drives_a_face_pack(options: list[str], clip: str, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    assert main(["convert", clip, str(target), "--no-progress", *options]) == 0
    assert probe_video(target).frames == 5
    assert next(read_frames(target, probe_video(target))).image.shape == (SIZE, SIZE, 3)


def test_relative_motion_changes_the_video(clip: str, tmp_path: Path) -> None:
    made: list[bytes] = []
    for options in ([], ["--relative"], ["--relative", "3"]):
        target = tmp_path / f"{len(made)}.mp4"
        main(["convert", clip, str(target), "--no-progress", *options])
        made.append(target.read_bytes())

    assert len(set(made)) == 3


def test_neutral_picture_serves_relative_motion(clip: str, photo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    words = ["convert", str(photo), str(target), "--neutral", str(photo)]

    assert main(words) == 1
    assert main([*words, "--relative"]) == 0


def test_neutral_picture_is_cut_out_as_the_stream_of_its_pack_is(
    root: Path, photo: Path, tmp_path: Path
) -> None:
    for folder in (root, write_pack(tmp_path / "expressions")):
        reenactor = Reenactor(pack(folder), device="cpu")
        chosen = load_identity(reenactor.pack, reenactor.pack.identities[0])
        options = argparse.Namespace(neutral=photo, landmarker=None)
        with open_pipeline(reenactor, Driving(chosen)) as stream:
            live = stream.find(Frame(driver(), 0, Fraction(1, 30))).face

        neutral = read_neutral_face(options, reenactor.pack)

        assert live is not None
        assert neutral is not None
        assert np.array_equal(neutral.image, live.image)


def test_aligned_picture_is_only_resized(root: Path, tmp_path: Path) -> None:
    square = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    write_picture(tmp_path / "face.png", square)

    assert main(["identity", "add", "eve", str(tmp_path / "face.png"), "--aligned"]) == 0

    expected = np.asarray(PillowImage.fromarray(square).resize((256, 256), Resampling.BILINEAR))
    shown = read_picture(root / "identities/eve.png")[4:260, 4:260]
    assert np.array_equal(shown, expected)
    inversion = load_identity(pack(root), "eve").inversion
    np.testing.assert_allclose(inversion, code_of(expected), atol=2e-4)


def test_aligned_picture_must_be_square(
    photo: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", "add", "eve", str(photo), "--aligned"]) == 1
    assert "must be a square, the FFHQ square of a face" in told(capsys)
    assert pack(root).identities == ("ada",)


def test_published_code_becomes_a_person(root: Path, tmp_path: Path) -> None:
    code = np.random.default_rng(0).normal(0, 1, (pack(root).rows, WIDTH)).astype(np.float32)
    (tmp_path / "1.pkl").write_bytes(pickle.dumps(code, 4))

    assert main(["identity", "add", "eve", "--code", str(tmp_path / "1.pkl")]) == 0

    assert np.array_equal(load_identity(pack(root), "eve").inversion, code)
    assert pack(root).cards["eve"].made["how"] == "code"


def test_code_of_another_pack_adds_nobody(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "1.npy", np.zeros((18, 512), np.float32))

    assert main(["identity", "add", "eve", "--code", str(tmp_path / "1.npy")]) == 1
    assert "got an array (18, 512)" in told(capsys)
    assert pack(root).identities == ("ada",)


@pytest.mark.parametrize("words", [[], ["PHOTO", "--code", "x.pkl"]], ids=["neither", "both"])
def test_either_photographs_or_a_code_are_needed(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", "add", "eve", *words]) == 1
    assert "expected photographs or --code FILE" in told(capsys)
