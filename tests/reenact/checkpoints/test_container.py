"""reenact/checkpoints/container.py: a file is what its bytes say, and damage is one sentence."""

import zipfile
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.checkpoints.container import Container, identify, open_tensors
from reenact.errors import CheckpointError
from tests.support.nvidia_layouts import nvlabs_bytes
from tests.support.public_layouts import (
    OPTIONS,
    add_prefix,
    arcface_content,
    encoder_content,
    make_generator,
    rosinality_content,
    save,
)

DRIVE_PAGE = b"\n <!DOCTYPE html><html><title>Google Drive - Virus scan warning</title></html>"


def zip_bytes(folder: Path) -> bytes:
    return save(folder / "whole.pt", rosinality_content(make_generator())).read_bytes()


def legacy_bytes(folder: Path) -> bytes:
    path = save(folder / "whole.pt", rosinality_content(make_generator()), legacy=True)
    return path.read_bytes()


def safetensors_bytes(folder: Path) -> bytes:
    save_file({"a": torch.zeros(2)}, folder / "whole.safetensors")
    return (folder / "whole.safetensors").read_bytes()


def jit_bytes(folder: Path) -> bytes:
    """A program of PyTorch's, which is a zip as well."""
    with zipfile.ZipFile(folder / "whole.zip", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py"):
            archive.writestr(f"archive/{name}", b"")
    return (folder / "whole.zip").read_bytes()


KINDS: list[tuple[str, Callable[[Path], bytes], Container]] = [
    ("zip", zip_bytes, Container.TORCH_ZIP),
    ("legacy", legacy_bytes, Container.TORCH_LEGACY),
    ("pickle", lambda _: nvlabs_bytes(make_generator()), Container.PICKLE),
    ("safetensors", safetensors_bytes, Container.SAFETENSORS),
    ("web page", lambda _: DRIVE_PAGE, Container.WEB_PAGE),
    ("empty", lambda _: b"", Container.EMPTY),
    ("cut zip", lambda folder: zip_bytes(folder)[:5000], Container.TRUNCATED_ZIP),
    ("program", jit_bytes, Container.OTHER),
    ("random", lambda _: bytes(range(200, 100, -1)) * 9, Container.OTHER),
]


@pytest.mark.parametrize(("make", "expected"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
@pytest.mark.parametrize("name", ["x.pt", "x.safetensors", "x.pkl"])
def test_container_is_told_by_content_under_any_name(
    make: Callable[[Path], bytes], expected: Container, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(make(tmp_path))

    assert identify(tmp_path / name) is expected


REFUSED: list[tuple[str, Callable[[Path], bytes], str]] = [
    ("web page", lambda _: DRIVE_PAGE, "got a web page; Google Drive .* browser"),
    ("empty", lambda _: b"", "got an empty file"),
    ("cut zip", lambda folder: zip_bytes(folder)[:-100], "cut short; download it again"),
    ("cut legacy", lambda folder: legacy_bytes(folder)[:-100], "got a damaged one"),
    ("cut pickle", lambda _: nvlabs_bytes(make_generator())[:-100], "got a damaged one"),
    ("random", lambda _: bytes(range(200, 100, -1)) * 9, "a file of an unknown kind"),
    ("start of a pickle", lambda _: b"\x80\x04" + bytes(range(256)), "got a damaged one"),
    ("start of safetensors", lambda _: b'\xff\0\0\0\0\0\0\0{"a', "got a damaged one"),
    ("program", jit_bytes, "a file of an unknown kind"),
]


@pytest.mark.parametrize(
    ("make", "sentence"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_damaged_file_is_refused_in_one_sentence(
    make: Callable[[Path], bytes], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "best_model.pt"
    path.write_bytes(make(tmp_path))

    with pytest.raises(CheckpointError, match=sentence) as caught:
        read_checkpoint(path)

    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("name", "came"), [("", "a folder"), ("nowhere.pt", "nothing")])
def test_path_without_a_file_is_refused(name: str, came: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"got {came}"):
        read_checkpoint(tmp_path / name)


def test_zip_is_mapped_and_not_read(tmp_path: Path) -> None:
    path = save(tmp_path / "x.pth", arcface_content())

    tensor = open_tensors(path, Container.TORCH_ZIP)["output_layer.3.weight"]

    with path.open("r+b") as file:  # a page that nobody wrote to is still the file's own
        at = path.read_bytes().index(tensor.clone().numpy().tobytes())
        file.seek(at)
        file.write(bytes(64))
    assert not tensor.view(-1)[:16].any()


def test_bare_tensors_may_come_as_safetensors(tmp_path: Path) -> None:
    save_file(arcface_content(), tmp_path / "model.safetensors")

    assert read_checkpoint(tmp_path / "model.safetensors").kind == "arcface"


@pytest.mark.parametrize("last", [0x80, ord("P"), ord("<"), ord("\n")])
def test_safetensors_are_told_whatever_the_length_of_their_header(
    last: int, tmp_path: Path
) -> None:
    path, content = tmp_path / "model.safetensors", arcface_content()
    save_file(content, path)
    head = bytearray(path.read_bytes())
    length = int.from_bytes(head[:8], "little")
    more = (last - length) % 256
    head[8 + length : 8 + length] = b" " * more
    path.write_bytes((length + more).to_bytes(8, "little") + head[8:])

    assert path.read_bytes()[0] == last
    assert read_checkpoint(path).kind == "arcface"


def test_path_among_the_options_is_no_program(tmp_path: Path) -> None:
    options = OPTIONS["restyle-psp"] | {"exp_dir": tmp_path, "more": [PureWindowsPath("c:/x")]}
    path = save(tmp_path / "x.pt", encoder_content("restyle-psp", options=options))

    assert read_checkpoint(path).kind == "restyle-psp"


@pytest.mark.parametrize("kind", ["pet", "restyle-psp", "arcface"])
def test_prefix_of_data_parallel_training_is_dropped(kind: str, tmp_path: Path) -> None:
    content: dict[str, Any] = arcface_content() if kind == "arcface" else encoder_content(kind)
    state = add_prefix("module.", content.get("state_dict", content))
    content = state if kind == "arcface" else content | {"state_dict": state}

    assert read_checkpoint(save(tmp_path / "x.pt", content)).kind == kind


@pytest.mark.parametrize("kind", ["pet", "restyle-psp", "psp"])
@pytest.mark.parametrize("safe", [True, False], ids=["safetensors", "zip"])
def test_bare_tensors_of_an_encoder_are_read(kind: str, safe: bool, tmp_path: Path) -> None:
    path, state = tmp_path / "x", encoder_content(kind)["state_dict"]
    if safe:
        save_file({name: tensor.clone().contiguous() for name, tensor in state.items()}, path)
    else:
        save(path, state)

    opened = read_checkpoint(path, kind=kind)

    assert (opened.kind, opened.average) == (kind, None)
