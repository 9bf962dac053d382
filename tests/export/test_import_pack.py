"""Public files become a pack that draws what the paper draws, or nothing is left behind."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from export.graphs import graph_entry
from export.import_pack import Import
from reenact.checkpoints.checkpoint import open_checkpoint
from reenact.cli.main import main
from reenact.errors import CheckpointError
from reenact.identities.enrol import Enroller
from reenact.media.pictures import write_picture
from reenact.nets.arcface import ArcFace
from reenact.nets.assemble import assemble
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.generator import Generator
from reenact.nets.lpips import Lpips
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder, invert
from reenact.nets.transfer import Transfer
from reenact.packs.interface import GraphSpec
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from tests.support.fakes import write_identity
from tests.support.public_layouts import (
    ENCODER,
    OPTIONS,
    encoder_content,
    make_generator,
    rosinality_content,
    save,
)
from tests.support.quick_graphs import write_quickly

RNG = np.random.default_rng(0)
FACE, DRIVER = RNG.integers(0, 256, (2, 256, 256, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The two files that a pack needs, narrow, of a generator of 64 pixels."""
    folder, generator = tmp_path_factory.mktemp("downloads"), make_generator()
    return [
        save(folder / "a.pt", encoder_content("pet", generator)),
        save(folder / "b.pt", encoder_content("restyle-psp", generator)),
    ]


@pytest.fixture(scope="module")
def extras(files: list[Path]) -> list[Path]:
    """ArcFace and the two of LPIPS."""
    torch.manual_seed(0)
    lpips = Lpips().state_dict()
    trunk = {name: value for name, value in lpips.items() if name.startswith("features.")}
    heads = {name: value for name, value in lpips.items() if name.startswith("lin")}
    folder = files[0].parent
    return [
        save(folder / "arcface.pth", ArcFace(channels=ENCODER).state_dict(), legacy=True),
        save(folder / "alexnet.pth", trunk),
        save(folder / "alex.pth", heads),
    ]


@pytest.fixture(scope="module")
def imported(
    files: list[Path], extras: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The pack of all five files."""
    folder = tmp_path_factory.mktemp("packs") / "tiny"
    return run(Import([*files, *extras], folder, record_in(files), write=write_quickly))


def record_in(files: list[Path]) -> Path:
    return files[0].with_name("hashes.json")


def stub(name: str, graph: GraphSpec, module: torch.nn.Module, folder: Path) -> dict[str, object]:
    """No export, which takes seconds a graph: where only the rest of a pack matters."""
    path = folder / f"{name}.onnx"
    path.write_bytes(b"not a net")
    return graph_entry(graph, path)


def run(job: Import) -> Path:
    for _ in job.steps():
        pass
    return job.folder


def pixels(face: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(face).permute(2, 0, 1)[None].float() / 127.5 - 1


class Paper:
    """G(M(E_i(identity) (+) E_m(driver))), unfolded, in torch."""

    def __init__(self, files: list[Path]) -> None:
        paper, restyle = (open_checkpoint(file) for file in files)
        self.generator = Generator.like(
            {
                **paper.states["generator"],
                "latent_avg": restyle.find_average(),
            }
        )
        rows, width = self.generator.latent_avg.shape
        self.motion_encoder = assemble(
            lambda: MotionEncoder(rows, width, features=10, channels=ENCODER),
            paper.states["motion_encoder"],
        )
        self.transfer = assemble(lambda: Transfer(rows, width), paper.states["transfer"])
        self.identity_encoder = assemble(
            lambda: RestyleEncoder(rows, width, channels=ENCODER),
            restyle.states["identity_encoder"],
        )

    def invert(self, face: np.ndarray) -> torch.Tensor:
        generator = self.generator
        return invert(
            self.identity_encoder, generator.synthesis, pixels(face), generator.latent_avg
        )

    def codes(self, identity: torch.Tensor, driver: np.ndarray) -> torch.Tensor:
        codes: torch.Tensor = self.transfer(identity, self.motion_encoder(pixels(driver)))
        return codes


def test_pack_draws_what_the_papers_networks_draw(files: list[Path], imported: Path) -> None:
    paper, pack = Paper(files), load_pack(imported)
    with Enroller(pack, device="cpu") as enroller:
        enrolled = enroller.enrol("ann", [FACE])
    person = enrolled.identity
    reenactor = Reenactor(pack, device="cpu")

    motion = reenactor.read_motion(DRIVER)

    code = paper.invert(FACE)
    np.testing.assert_allclose(person.inversion, code[0].numpy(), atol=1e-4, rtol=1e-4)
    truth = paper.codes(code, DRIVER)
    np.testing.assert_allclose(person.latent + motion, truth[0].numpy(), atol=2e-4, rtol=1e-4)
    picture = paper.generator.synthesis(truth)[0].permute(1, 2, 0).numpy() * 127.5 + 127.5
    assert picture.std() > 10
    assert -1 <= enrolled.made["similarity"] <= 1
    assert np.abs(reenactor.render(person, motion) - picture.clip(0, 255)).max() < 0.6


def test_pack_says_what_it_is_made_of_and_that_it_is_not_commercial(imported: Path) -> None:
    pack = load_pack(imported)

    assert [source["kind"] for source in pack.provenance["sources"]] == [
        "pet",
        "restyle-psp",
        "arcface",
        "alexnet",
        "lpips",
    ]
    assert "not commercial" in pack.licence
    assert (pack.reads, pack.size, pack.rows, pack.width) == ("face", 64, 10, 16)
    pack.verify()


def test_generator_is_kept_for_refinement(files: list[Path], imported: Path) -> None:
    kept = load_file(imported / "weights" / "generator.safetensors")
    torch.testing.assert_close(kept, dict(Paper(files).generator.state_dict()))


def test_people_outlive_a_new_import_of_the_same_files(files: list[Path], tmp_path: Path) -> None:
    folder = run(Import(files, tmp_path / "tiny", record_in(files), write=stub))
    write_identity(folder, "eve", {"how": "photographs"}, latent=np.zeros((10, 16), np.float32))
    again = Import(files, folder, record_in(files), write=stub)
    run(again)

    assert load_pack(folder).identities == ("eve",)
    assert again.notes == []


def test_people_of_other_weights_are_pointed_out(files: list[Path], tmp_path: Path) -> None:
    folder = run(Import(files, tmp_path / "tiny", record_in(files), write=stub))
    write_identity(folder, "eve", {"how": "photographs"}, latent=np.zeros((10, 16), np.float32))
    e4e = save(tmp_path / "c.pt", encoder_content("restyle-e4e", make_generator()))
    again = Import([files[0], e4e], folder, record_in(files), write=stub)
    run(again)

    assert "enrol its people (1) again" in "; ".join(again.notes)


@pytest.mark.parametrize(
    ("kind", "net", "steps"),
    [("psp", FpnEncoder, 1), ("e4e", FpnEncoder, 1), ("restyle-e4e", RestyleEncoder, 5)],
)
def test_every_encoder_of_identities_makes_a_pack(
    kind: str, net: type, steps: int, files: list[Path], tmp_path: Path
) -> None:
    encoder = save(tmp_path / "encoder.pt", encoder_content(kind, make_generator()))
    exported = {}

    def remember(
        name: str, graph: GraphSpec, module: torch.nn.Module, folder: Path
    ) -> dict[str, object]:
        exported[name] = (len(graph.inputs), module)
        return stub(name, graph, module, folder)

    job = Import([encoder, files[0]], tmp_path / "tiny", tmp_path / "hashes.json", write=remember)
    enrolment = load_pack(run(job)).enrolment

    inputs, module = exported["identity"]
    assert any(isinstance(part, net) for part in module.modules())
    assert inputs == (1 if net is FpnEncoder else 2)
    assert enrolment is not None
    assert enrolment.steps == steps


def test_a_generator_given_on_purpose_is_used_and_pointed_out(
    files: list[Path], tmp_path: Path
) -> None:
    other = make_generator(seed=9)
    given = save(tmp_path / "other.pt", rosinality_content(other, "g_ema+g"))
    job = Import([*files, given], tmp_path / "tiny", tmp_path / "hashes.json", write=stub)
    run(job)

    kept = load_file(job.folder / "weights" / "generator.safetensors")
    torch.testing.assert_close(kept["synthesis.constant"], other.synthesis.constant)
    assert any("other.pt is another than the one" in note for note in job.notes)


def content(kind: str, size: int | None = None) -> dict[str, object]:
    channels = (24, 20, 16) if size else (24, 20, 16, 12, 8)
    generator = make_generator(channels)
    return encoder_content(kind, generator)


UNFIT = {
    "no encoder": (["pet"], "add restyle_psp_ffhq_encode.pt"),
    "no motion": (["psp"], "add best_model.pt"),
    "two encoders": (["pet", "psp", "e4e"], "one encoder of identities is needed"),
    "twice the same": (["pet", "pet", "psp"], "are both pet checkpoints"),
}


@pytest.mark.parametrize(("kinds", "sentence"), UNFIT.values(), ids=UNFIT)
def test_files_that_make_no_pack_are_refused(
    kinds: list[str], sentence: str, tmp_path: Path
) -> None:
    given = [save(tmp_path / f"{i}.pt", content(kind)) for i, kind in enumerate(kinds)]

    with pytest.raises(CheckpointError, match=sentence):
        run(Import(given, tmp_path / "tiny", tmp_path / "hashes.json", write=stub))
    assert not (tmp_path / "tiny").exists()


def test_encoders_of_another_size_are_refused(files: list[Path], tmp_path: Path) -> None:
    small = save(tmp_path / "small.pt", content("restyle-psp", 16))

    with pytest.raises(CheckpointError, match="must have codes of 10 rows"):
        run(Import([files[0], small], tmp_path / "tiny", tmp_path / "hashes.json", write=stub))


def test_a_file_that_changed_since_its_first_import_is_refused(
    files: list[Path], tmp_path: Path
) -> None:
    record = tmp_path / "hashes.json"
    run(Import(files, tmp_path / "tiny", record, write=stub))
    changed = save(tmp_path / "b.pt", encoder_content("restyle-psp", make_generator(), seed=5))

    with pytest.raises(CheckpointError, match="recorded at its first import"):
        run(Import([files[0], changed], tmp_path / "tiny", record, write=stub))
    run(Import([files[0], changed], tmp_path / "tiny", record, accept_new=True, write=stub))


def test_failed_import_records_no_hash(files: list[Path], tmp_path: Path) -> None:
    record = tmp_path / "hashes.json"
    steps: Any = Import(files, tmp_path / "tiny", record, write=stub).steps()
    while next(steps) != "graph synthesis":
        pass
    steps.close()
    assert not record.exists()

    run(Import(files, tmp_path / "tiny", record, write=stub))
    assert set(json.loads(record.read_text())) == {"pet", "restyle-psp"}


def test_decoder_that_was_trained_further_is_pointed_out(files: list[Path], tmp_path: Path) -> None:
    changed = encoder_content("pet", make_generator())
    for name, tensor in changed["state_dict"].items():
        if name.startswith("decoder.convs.") and name.endswith("conv.weight"):
            changed["state_dict"][name] = tensor + 0.3
    paper = save(tmp_path / "a.pt", changed)
    job = Import([paper, files[1]], tmp_path / "tiny", tmp_path / "hashes.json", write=stub)
    run(job)

    assert "have a common origin, but one was trained further" in "; ".join(job.notes)


@pytest.mark.parametrize("kind", ["psp", "e4e", "restyle-e4e"])
def test_encoder_that_the_paper_did_not_use_is_pointed_out(
    kind: str, files: list[Path], tmp_path: Path
) -> None:
    encoder = save(tmp_path / "encoder.pt", encoder_content(kind, make_generator()))
    job = Import([encoder, files[0]], tmp_path / "tiny", tmp_path / "hashes.json", write=stub)
    run(job)

    assert f"and those of {kind} in encoder.pt are others" in "; ".join(job.notes)


def test_the_files_of_the_paper_are_imported_without_a_word(
    files: list[Path], tmp_path: Path
) -> None:
    job = Import(files, tmp_path / "tiny", tmp_path / "hashes.json", write=stub)
    run(job)

    assert job.notes == []


def test_encoder_that_starts_from_zero_does_so_in_the_pack(
    files: list[Path], tmp_path: Path
) -> None:
    content = encoder_content("psp", options=OPTIONS["psp"] | {"start_from_latent_avg": False})
    del content["latent_avg"]
    encoder = save(tmp_path / "encoder.pt", content)
    job = Import([encoder, files[0]], tmp_path / "tiny", tmp_path / "hashes.json", write=stub)
    folder = run(job)

    assert not load_file(folder / "enrolment.safetensors")["latent_avg"].any()
    assert load_file(folder / "weights" / "generator.safetensors")["latent_avg"].any()
    assert "start from zero" in "; ".join(job.notes)


def test_no_average_code_is_computed_to_be_thrown_away(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("computed in vain")

    monkeypatch.setattr("reenact.checkpoints.checkpoint.compute", refuse)
    given = save(tmp_path / "other.pt", rosinality_content(make_generator()))

    run(Import([*files, given], tmp_path / "tiny", tmp_path / "hashes.json", write=stub))


def test_failed_import_leaves_the_old_pack_as_it_was(files: list[Path], tmp_path: Path) -> None:
    folder = run(Import(files, tmp_path / "tiny", tmp_path / "hashes.json", write=stub))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    steps: Any = Import(files, folder, tmp_path / "hashes.json", write=stub).steps()
    while next(steps) != "graph synthesis":
        pass
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["tiny"]


FULL_DISK = """
import resource, sys
from reenact.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
sys.exit(main(["models", "import", *sys.argv[1:]]))
"""


def test_full_disk_is_one_sentence_and_leaves_nothing(files: list[Path], tmp_path: Path) -> None:
    words = [sys.executable, "-c", FULL_DISK, *map(str, files), "--name", "tiny"]
    surroundings = {**os.environ, "REENACT_PACKS": str(tmp_path)}
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, check=False)

    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1, done.stderr
    assert "does not fit on its disk" in last
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_disk_that_is_too_small_is_seen_before_anything_is_done(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = os.statvfs_result((4096, 4096, 10, 1, 1, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: space)

    with pytest.raises(CheckpointError, match="of free disk; make room"):
        next(Import(files, tmp_path / "tiny", tmp_path / "hashes.json", write=stub).steps())


@pytest.mark.parametrize("off", [0, 1, 40])
def test_published_code_is_checked_against_its_picture(
    off: int, files: list[Path], imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = np.random.default_rng(3).normal(0, 1, (10, 16)).astype(np.float32)
    (tmp_path / "1.pkl").write_bytes(pickle.dumps(code, protocol=4))
    picture = Paper(files).generator.synthesis(torch.from_numpy(code)[None])[0]
    levels = (picture.permute(1, 2, 0).numpy().clip(-1, 1) * 127.5 + 127.5).astype(np.uint8)
    levels[5, 6, 1] = levels[5, 6, 1] + off if levels[5, 6, 1] < 128 else levels[5, 6, 1] - off
    write_picture(tmp_path / "1.png", levels)

    words = ["models", "check", str(tmp_path / "1.pkl"), str(tmp_path / "1.png")]
    status = main([*words, "--pack", str(imported)])

    said = capsys.readouterr().out
    assert status == (off > 2)
    assert len(said.splitlines()) == 1
    assert ("right to" if off <= 2 else "wrong to") in said


def test_picture_of_another_code_is_wrong(
    files: list[Path], imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "1.npy", np.ones((10, 16), np.float32))
    picture = Paper(files).generator.synthesis(torch.zeros(1, 10, 16))[0].permute(1, 2, 0).numpy()
    write_picture(tmp_path / "1.png", (picture.clip(-1, 1) * 127.5 + 127.5).astype(np.uint8))

    words = ["models", "check", str(tmp_path / "1.npy"), str(tmp_path / "1.png")]
    assert main([*words, "--pack", str(imported)]) == 1
    assert "wrong to" in capsys.readouterr().out


def test_picture_of_another_size_is_refused(
    imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "1.npy", np.ones((10, 16), np.float32))
    write_picture(tmp_path / "1.png", np.zeros((48, 64, 3), np.uint8))

    words = ["models", "check", str(tmp_path / "1.npy"), str(tmp_path / "1.png")]
    assert main([*words, "--pack", str(imported)]) == 1
    assert "must have 64 x 64 pixels" in capsys.readouterr().err
