"""Opens published checkpoints: identifies a file, reads it without running anything in it, checks
every tensor, and returns the states of our nets."""

import pickletools
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from torch import Tensor

from reenact.checkpoints.container import Container, identify, open_tensors, reading, refuse
from reenact.checkpoints.detect import detect, read_options, require_kind, require_tensors, unwrap
from reenact.checkpoints.encoder_options import starts_at_average
from reenact.checkpoints.encoders import split_alone, split_with_generator
from reenact.checkpoints.generator_layout import (
    PART,
    Dialect,
    GeneratorSizes,
    generator_slots,
    sizes_of,
)
from reenact.checkpoints.kinds import Kind, as_kind
from reenact.checkpoints.latent_average import as_rows, compute
from reenact.checkpoints.nvlabs import AVERAGE as NVLABS_AVERAGE
from reenact.checkpoints.nvlabs import NVLABS
from reenact.checkpoints.nvlabs_pickle import read_nvlabs_pickle
from reenact.checkpoints.rehearsal import rehearse
from reenact.checkpoints.rosinality import ROSINALITY, pick_generator
from reenact.checkpoints.slots import Tensors, fill
from reenact.checkpoints.tensorflow import AVERAGE as TENSORFLOW_AVERAGE
from reenact.checkpoints.tensorflow import TENSORFLOW
from reenact.checkpoints.tensorflow_pickle import is_session_variable, read_tensorflow_pickle
from reenact.errors import CheckpointError

_ALONE = {Kind.ARCFACE, Kind.ALEXNET, Kind.LPIPS}
_PICKLED = (Container.TORCH_ZIP, Container.TORCH_LEGACY, Container.PICKLE)
_FIRST_WORDS = 2_000
"""Opcodes of a pickle that are searched for its program, which both kinds name at the beginning."""

_AVERAGE = "latent_avg"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A published file as states of our nets, named by part (see `kinds.PARTS`).

    The tensors are float32 on the CPU and, from a zip file, memory-mapped while it stays in place.
    """

    kind: Kind
    """Kind of the file."""
    path: Path
    """File that was opened."""
    states: Mapping[str, Mapping[str, Tensor]]
    """Tensors by part and by their name in our net."""
    generator: GeneratorSizes | None = None
    """Sizes of its generator, where it has one."""
    average: Tensor | None = None
    """Average code (rows, width) that the file holds; None where it holds none."""
    starts_at_average: bool = True
    """Whether its encoder's codes are added to the average code, and not to zero."""
    conv_clamp: float | None = None
    """Bound of the features of a generator trained in half precision, None where there is none."""
    notes: tuple[str, ...] = ()
    """Sentences for the user, about what the file left open."""

    def find_average(self) -> Tensor:
        """The average code (rows, width): the file's own, or a mean of random ones (seconds)."""
        assert self.generator is not None
        if self.average is not None:
            return self.average
        return compute(self.states[PART], self.generator)


def open_checkpoint(path: Path, *, kind: str | None = None) -> Checkpoint:
    """Open the checkpoint in `path`; `kind` is what it must be, and decides where two look alike.

    A process of its own reads it first, under bounds of memory and time (`rehearsal.py`): 3 s.
    Raises CheckpointError when it is damaged, unknown, of another kind, not exact, holds more than
    data, or breaks those bounds; ValueError for an unknown `kind`.
    """
    wanted = None if kind is None else as_kind(kind)
    if identify(path) in _PICKLED:
        rehearse(path, wanted)
    return read_checkpoint(path, kind=kind)


def read_checkpoint(path: Path, *, kind: str | None = None) -> Checkpoint:
    """Do what `open_checkpoint` does, but all in this process, with no bound on what it takes."""
    wanted = None if kind is None else as_kind(kind)
    container = identify(path)
    if container is Container.PICKLE:
        return _open_pickle(path, wanted)
    if container in (Container.TORCH_ZIP, Container.TORCH_LEGACY, Container.SAFETENSORS):
        return _open_tensors(path, container, wanted)
    raise refuse(path, container)


def _open_tensors(path: Path, container: Container, wanted: Kind | None) -> Checkpoint:
    content = unwrap(open_tensors(path, container))
    kind = detect(path, content, wanted)
    if kind in _ALONE:
        return Checkpoint(kind, path, split_alone(path, kind, require_tensors(path, content)))
    if kind is Kind.STYLEGAN2_ROSINALITY:
        generator, notes = pick_generator(content)
        tensors = require_tensors(path, generator)
        return _generator(path, kind, ROSINALITY, tensors, content.get(_AVERAGE), notes=notes)
    state = require_tensors(path, content["state_dict"])
    states, sizes = split_with_generator(path, kind, state)
    average = _read_average(path, content.get(_AVERAGE), sizes)
    starts = starts_at_average(path, kind, read_options(content))
    return Checkpoint(kind, path, states, sizes, average, starts)


def _open_pickle(path: Path, wanted: Kind | None) -> Checkpoint:
    kind = _pickle_kind(path)
    require_kind(path, (kind,), wanted)
    if kind is Kind.STYLEGAN2_TENSORFLOW:
        variables = read_tensorflow_pickle(path)
        average = variables.pop(TENSORFLOW_AVERAGE, None)
        tensors = {name: t for name, t in variables.items() if not is_session_variable(name)}
        return _generator(path, kind, TENSORFLOW, tensors, average)
    found = read_nvlabs_pickle(path)
    average = found.tensors.pop(NVLABS_AVERAGE, None)
    notes = [] if found.averaged else ["the file has no averaged generator, so 'G' was taken"]
    opened = _generator(
        path, kind, NVLABS, found.tensors, average, clamp=found.conv_clamp, notes=notes
    )
    _require_resolution(opened, found.img_resolution)
    return opened


def _generator(
    path: Path, kind: Kind, dialect: Dialect, tensors: Tensors, average: object, *,
    clamp: float | None = None, notes: list[str] | None = None,
) -> Checkpoint:  # fmt: skip
    sizes = sizes_of(dialect, tensors)
    slots = generator_slots(dialect, sizes)
    states = fill(path, dialect.name, tensors, slots, dialect.filters(sizes))
    average = _read_average(path, average, sizes)
    return Checkpoint(
        kind, path, states, sizes, average, conv_clamp=clamp, notes=tuple(notes or ())
    )


def _read_average(path: Path, average: object, sizes: GeneratorSizes) -> Tensor | None:
    return None if average is None else as_rows(path, average, sizes)


def _pickle_kind(path: Path) -> Kind:
    """Tell which program wrote a plain pickle by the first module it names; nothing is loaded."""
    with reading(path), path.open("rb") as file:
        words: Any = (str(word) for _, word, _ in islice(pickletools.genops(file), _FIRST_WORDS))
        for word in words:
            if word.startswith("dnnlib.tflib"):
                return Kind.STYLEGAN2_TENSORFLOW
            if word.startswith("torch_utils.persistence"):
                return Kind.STYLEGAN2_NVLABS
    raise CheckpointError(
        f"{path} must be a pickle of StyleGAN2 by NVIDIA, got one of another program, which was "
        "not opened; use one of the published files"
    )


def _require_resolution(opened: Checkpoint, said: int | None) -> None:
    assert opened.generator is not None
    if said is not None and said != opened.generator.pixels:
        raise CheckpointError(
            f"{opened.path} must hold the generator of {said} pixels that it names, got one of "
            f"{opened.generator.pixels}; download it again"
        )
