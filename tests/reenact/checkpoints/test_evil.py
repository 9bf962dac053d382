"""A checkpoint that carries a program: refused by name in every container, and never run."""

import io
import os
import pickle
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.errors import CheckpointError
from tests.support.nvidia_layouts import nvlabs_bytes, tensorflow_bytes
from tests.support.public_layouts import encoder_content, make_generator, rosinality_content, save


class Evil:
    """Unpickles by calling a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def touch(marker: Path) -> Evil:
    return Evil(os.system, f"touch '{marker}'")


def torch_bytes(content: Any, *, legacy: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def nested(evil: Evil, *, legacy: bool) -> bytes:
    """An NVIDIA pickle whose storage is a PyTorch stream of its own, with `evil` in it."""
    stream = torch_bytes(evil, legacy=legacy)
    storage = Evil(torch.storage._load_from_bytes, stream)
    return nvlabs_bytes(make_generator(), additions={"D": storage})


def rosinality(evil: Evil, *, legacy: bool) -> bytes:
    return torch_bytes(rosinality_content(make_generator()) | {"args": evil}, legacy=legacy)


def options(evil: Evil, *, legacy: bool) -> bytes:
    return torch_bytes(encoder_content("pet", options={"device": evil}), legacy=legacy)


def tensorflow(evil: Evil, protocol: int) -> bytes:
    return tensorflow_bytes(make_generator(), additions=[evil], protocol=protocol)


def nvlabs(evil: Evil, protocol: int) -> bytes:
    return nvlabs_bytes(make_generator(), additions={"D": evil}, protocol=protocol)


SYSTEM = "'(posix|nt|os).system', which was not run"
CONTAINERS: dict[str, tuple[Callable[[Evil], bytes], str]] = {
    "zip": (lambda evil: rosinality(evil, legacy=False), SYSTEM),
    "legacy": (lambda evil: rosinality(evil, legacy=True), SYSTEM),
    "options in a zip": (lambda evil: options(evil, legacy=False), SYSTEM),
    "options in a legacy file": (lambda evil: options(evil, legacy=True), SYSTEM),
    "in a namespace": (
        lambda evil: torch_bytes({"g_ema": {}, "args": Namespace(x=evil)}, legacy=False),
        SYSTEM,
    ),
    "NVIDIA, protocol 2": (lambda evil: nvlabs(evil, 2), SYSTEM),
    "NVIDIA, protocol 4": (lambda evil: nvlabs(evil, 4), SYSTEM),
    "zip inside NVIDIA": (lambda evil: nested(evil, legacy=False), SYSTEM),
    "legacy inside NVIDIA": (lambda evil: nested(evil, legacy=True), SYSTEM),
    "TensorFlow, protocol 2": (lambda evil: tensorflow(evil, 2), SYSTEM),
    "TensorFlow, protocol 4": (lambda evil: tensorflow(evil, 4), SYSTEM),
    "plain pickle": (lambda evil: pickle.dumps({"g_ema": evil}), "was not opened"),
    "plain pickle that names NVIDIA": (
        lambda evil: pickle.dumps(["torch_utils.persistence", evil]),
        SYSTEM,
    ),
    "plain pickle that names TensorFlow": (
        lambda evil: pickle.dumps(["dnnlib.tflib.network", evil]),
        SYSTEM,
    ),
    "protocol 0": (lambda evil: pickle.dumps(evil, 0), "of an unknown kind"),
}


@pytest.mark.parametrize("name", ["best_model.pt", "best_model.safetensors"])
@pytest.mark.parametrize(("make", "sentence"), CONTAINERS.values(), ids=CONTAINERS)
def test_program_is_refused_and_not_run(
    make: Callable[[Evil], bytes], sentence: str, name: str, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    (tmp_path / name).write_bytes(make(touch(marker)))

    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(tmp_path / name)

    assert not marker.exists()


def test_the_payload_would_run_in_an_ordinary_load(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(touch(tmp_path / "marker")))

    assert (tmp_path / "marker").exists()


OTHERS = {
    "builtins.exec": Evil(exec, "raise SystemExit"),
    "builtins.getattr": Evil(getattr, "", "join"),
    "torch.load": Evil(torch.load, "x"),
    "a whole module": torch.nn.Linear(2, 2),
}


@pytest.mark.parametrize("evil", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("make", [nvlabs, tensorflow], ids=["NVIDIA", "TensorFlow"])
def test_any_other_object_is_refused_by_name(
    make: Callable[[Any, int], bytes], evil: Any, tmp_path: Path
) -> None:
    (tmp_path / "x.pkl").write_bytes(make(evil, 4))

    with pytest.raises(CheckpointError, match=r"program object '[a-z_.]+[A-Za-z]+', which was not"):
        read_checkpoint(tmp_path / "x.pkl")


def test_whole_module_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", {"g_ema": torch.nn.Linear(2, 2)})

    with pytest.raises(CheckpointError, match=r"'torch.nn.modules.linear.Linear', which was not"):
        read_checkpoint(path)


ALTERED = {
    "function": ("torch._utils", "_rebuild_parameter"),
    "class": ("dnnlib.util", "EasyDict"),
    "type": ("collections", "OrderedDict"),
}


@pytest.mark.parametrize(("module", "name"), ALTERED.values(), ids=ALTERED)
def test_nothing_that_a_pickle_names_can_be_altered(module: str, name: str, tmp_path: Path) -> None:
    told = b"\x80\x04\x8c\x17torch_utils.persistence0"
    attributes = b"N}\x8c\x0c__defaults__N.s\x86".replace(b".", b"")  # (None, {name: None})
    call = f"c{module}\n{name}\n".encode() + attributes + b"b."
    (tmp_path / "x.pkl").write_bytes(told + call)

    with pytest.raises(CheckpointError, match="damaged one"):
        read_checkpoint(tmp_path / "x.pkl")

    assert torch._utils._rebuild_parameter.__defaults__ is None
