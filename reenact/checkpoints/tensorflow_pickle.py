"""Reads the .pkl of the original TensorFlow StyleGAN2 without TensorFlow and without running it.

The file is a triple of networks (G, D, Gs), each a dictionary of its variables and the source
text of its program (`dnnlib/tflib/network.py`, https://github.com/NVlabs/stylegan2 at bf0fe0ba).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reenact.checkpoints.container import reading
from reenact.checkpoints.module_tree import walk_tree
from reenact.checkpoints.named_value import name_value
from reenact.checkpoints.numpy_records import ARRAYS, ArrayRecord
from reenact.checkpoints.restricted_pickle import RestrictedUnpickler
from reenact.checkpoints.sealed import SealedClass
from reenact.checkpoints.slots import require_within_file
from reenact.errors import CheckpointError

_OLDEST_VERSION = 4


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "architecture": ("skip",),
    "mapping_func": ("G_mapping",),
    "mapping_lrmul": (0.01,),
    "mapping_nonlinearity": ("lrelu",),
    "nonlinearity": ("lrelu",),
    "normalize_latents": (True,),
    "num_channels": (3,),
    "label_size": (0,),
    "resample_kernel": ([1, 3, 3, 1], (1, 3, 3, 1)),
    "synthesis_func": ("G_synthesis_stylegan2",),
    "use_noise": (True,),
}
"""Arguments of a network that change its arithmetic (`training/networks_stylegan2.py`), each with
the values of the published files, which our nets have; those left out have their defaults."""


class _Network(metaclass=SealedClass):
    """Stands in for `dnnlib.tflib.network.Network`, and keeps its state."""

    state: dict[str, Any]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)


_STAND_INS = ARRAYS | {"dnnlib.tflib.network.Network": _Network}


def read_tensorflow_pickle(path: Path) -> dict[str, Tensor]:
    """Read the variables of Gs, the averaged generator; a component's are `component/name`.

    Raises CheckpointError for damage, an old version, a network with other arithmetic than ours,
    and any global that is not plain data.
    """
    with reading(path), path.open("rb") as file:
        networks = RestrictedUnpickler(file, path.stat().st_size, _STAND_INS).load()
        if not (isinstance(networks, tuple) and len(networks) == 3):
            raise ValueError("expected the three networks G, D and Gs")
        generator = networks[2].state
        version = generator["version"]
        if version >= _OLDEST_VERSION:
            return _read_variables(path, generator)
    raise CheckpointError(
        f"{path} must be a StyleGAN2 pickle of version {_OLDEST_VERSION} or later, got version "
        f"{version}; use stylegan2-ffhq-config-f.pkl, or save it again with NVlabs/stylegan2"
    )


def _read_variables(path: Path, generator: dict[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Any] = {}
    for prefix, network in walk_tree(generator, _components, "/"):
        _check_arguments(path, network)
        found.update((f"{prefix}{name}", value) for name, value in network["variables"])
    # Each is copied, and a file may name one many times.
    require_within_file(path, (_size(value) for value in found.values()))
    return {name: _tensor(value) for name, value in found.items()}


def _components(network: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, component in network["components"].items():
        yield name, component.state


def _check_arguments(path: Path, network: dict[str, Any]) -> None:
    """Raise CheckpointError when the network computes something else than ours."""
    given = network.get("static_kwargs") or {}
    for name, accepted in _ARGUMENTS.items():
        if name in given and given[name] not in accepted:
            raise CheckpointError(
                f"{path} must hold StyleGAN2 as it was published, with {name} {accepted[0]!r}, "
                f"got {name_value(given[name])}; use stylegan2-ffhq-config-f.pkl"
            )


def is_session_variable(name: str) -> bool:
    """Whether a variable belongs to a training run, not to the network (`lod` of older code)."""
    return name.split("/")[-1] == "lod"


def _size(value: ArrayRecord | float) -> int:
    return value.array.nbytes if isinstance(value, ArrayRecord) else 0


def _tensor(value: ArrayRecord | float) -> Tensor:
    if isinstance(value, ArrayRecord):
        array = value.array
        return torch.from_numpy(array.astype(array.dtype.newbyteorder("=")))
    return torch.tensor(float(value))
