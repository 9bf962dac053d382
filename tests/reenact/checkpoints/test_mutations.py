"""Damaged weights and packs: each is opened right or refused in one sentence, and nothing is left.

The mutations are seeded; REENACT_MUTATIONS in the environment asks for another number of them.
"""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import save_file

from engines.base import EngineError
from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.errors import CheckpointError, ReenactError
from reenact.identities.enrol import Enroller
from reenact.identities.identity import load_identity
from reenact.packs.pack import load_pack
from tests.support.fake_face_pack import face_picture, write_face_pack
from tests.support.nvidia_layouts import nvlabs_bytes, tensorflow_bytes
from tests.support.public_layouts import arcface_content, make_generator, rosinality_content, save

ROUNDS = max(int(os.environ.get("REENACT_MUTATIONS", "300")) // 6, 1)
"""Mutations of each of the five kinds of files, and of a pack."""


def _write_safetensors(path: Path) -> None:
    save_file(arcface_content(), path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "zip": lambda path: save(path, rosinality_content(make_generator(), "g_ema+g")),
    "old container": lambda path: save(path, arcface_content(), legacy=True),
    "NVIDIA": lambda path: path.write_bytes(nvlabs_bytes(make_generator())),
    "TensorFlow": lambda path: path.write_bytes(tensorflow_bytes(make_generator())),
    "safetensors": _write_safetensors,
}


def mutate(content: bytes, dice: random.Random) -> bytes:
    """Flip, cut, blank, double or insert bytes, most often where the structure is."""
    ends = [dice.randrange(min(len(content), 4000)), dice.randrange(len(content))]
    place = dice.choice([*ends, max(len(content) - dice.randrange(1, 4000), 0)])
    length = dice.choice([1, 1, 8, 200])
    piece = content[place : place + length]
    new = dice.choice(
        [bytes(byte ^ (1 << dice.randrange(8)) for byte in piece), b"", bytes(length), piece * 2,
         dice.randbytes(length), piece[::-1]]
    )  # fmt: skip
    whole = content[:place] + new + content[place + length :]
    return whole[: dice.randrange(max(len(whole), 1))] if dice.random() < 0.15 else whole


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_weights_are_opened_or_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    WRITERS[kind](path)
    whole, dice = path.read_bytes(), random.Random(kind)
    said: list[str] = []
    for _ in range(ROUNDS):
        path.write_bytes(mutate(whole, dice))
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            said.append(str(error))
    assert not [sentence for sentence in said if "\n" in sentence]
    assert [each.name for each in tmp_path.iterdir()] == ["weights"]


def test_damaged_pack_is_used_or_refused_in_one_sentence(tmp_path: Path) -> None:
    whole, dice = write_face_pack(tmp_path / "whole"), random.Random(0)
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    manifest = whole / "pack.json"
    said: list[str] = []
    for _ in range(ROUNDS):
        folder = tmp_path / "pack"
        shutil.copytree(whole, folder)
        chosen = dice.choice([*files, manifest, manifest]).relative_to(whole)
        (folder / chosen).write_bytes(mutate((folder / chosen).read_bytes(), dice))
        names = {path.relative_to(folder) for path in folder.rglob("*")}
        try:
            pack = load_pack(folder)
            load_identity(pack, "ada")
            with Enroller(pack, device="cpu") as enroller:
                enroller.enrol("eve", [face_picture(1)])
            pack.verify()
        except (ReenactError, EngineError) as error:
            said.append(str(error))
        assert {path.relative_to(folder) for path in folder.rglob("*")} == names
        shutil.rmtree(folder)
    assert not [sentence for sentence in said if "\n" in sentence]
