"""Reads the .pkl of stylegan2-ada-pytorch and stylegan3 without running the program inside it.

A normal load executes source code that the file carries (`torch_utils/persistence.py`,
https://github.com/NVlabs/stylegan2-ada-pytorch at d72cc7d0). Here every module becomes a record
of its data, from which parameters and buffers are collected.
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reenact.checkpoints.container import open_nested, reading
from reenact.checkpoints.module_tree import walk_tree
from reenact.checkpoints.numpy_records import ARRAYS
from reenact.checkpoints.nvlabs_attributes import check_attributes
from reenact.checkpoints.restricted_pickle import RestrictedUnpickler
from reenact.checkpoints.sealed import Sealed, SealedClass
from reenact.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Module:
    """A pickled network or layer, as data."""

    class_name: str
    """Name of its class in the program that wrote it."""
    state: dict[str, Any]
    """Attributes of the object, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class NvlabsGenerator:
    """The generator in a .pkl: its tensors and the options of its layers."""

    tensors: dict[str, Tensor]
    """Parameters and buffers by their full name."""
    conv_clamp: float | None
    """Bound of all layers' features, None where there is none."""
    img_resolution: int | None
    """Side of the picture in pixels, as the network states it."""
    averaged: bool
    """Whether it was taken from G_ema, the average over training, and not from G."""


class _Fields(dict[str, Any], metaclass=SealedClass):
    """Stands in for `dnnlib.util.EasyDict`, without its attribute access."""


def _record(meta: Any) -> Module:
    if meta["type"] != "class" or not isinstance(meta["state"], dict):
        raise pickle.UnpicklingError("a network is not stored as a class and its state")
    if not isinstance(meta["class_name"], str):
        raise pickle.UnpicklingError("a network has no name of its class")
    return Module(meta["class_name"], meta["state"])


def _storage(content: bytes) -> Any:
    return open_nested(io.BytesIO(content))


_STAND_INS: dict[str, Any] = ARRAYS | {
    "torch_utils.persistence._reconstruct_persistent_obj": Sealed(_record),
    "dnnlib.util.EasyDict": _Fields,
    "collections.OrderedDict": OrderedDict,
    "builtins.set": set,  # protocol 3 writes the names of unsaved buffers with it
    "__builtin__.set": set,
    "torch._utils._rebuild_parameter": Sealed(torch._utils._rebuild_parameter),
    "torch._utils._rebuild_tensor_v2": Sealed(torch._utils._rebuild_tensor_v2),
    "torch.storage._load_from_bytes": Sealed(_storage),
}


def read_nvlabs_pickle(path: Path) -> NvlabsGenerator:
    """Read the generator in `path`: G_ema, or G where there is no average.

    Raises CheckpointError for damage, and for any global that is not plain data, by name.
    """
    with reading(path), path.open("rb") as file:
        content = RestrictedUnpickler(file, path.stat().st_size, _STAND_INS).load()
        networks = content if isinstance(content, dict) else {}
        name = "G_ema" if networks.get("G_ema") is not None else "G"
        network = networks.get(name)
        if isinstance(network, Module):
            _require_stylegan2(path, network)
            return _collect(path, network, averaged=name == "G_ema")
    raise CheckpointError(
        f"{path} must hold a generator as 'G_ema' or 'G', got none; use a file that "
        "stylegan2-ada-pytorch or stylegan3 has written"
    )


def _require_stylegan2(path: Path, network: Module) -> None:
    """Refuse the generator of StyleGAN3, whose synthesis begins with a layer of frequencies."""
    for name, _ in _walk(network):
        if name == "synthesis.input.":
            raise CheckpointError(
                f"{path} must hold a generator of StyleGAN2, got one of StyleGAN3, which is "
                "another network; use stylegan2-ffhq-1024x1024.pkl"
            )


def _collect(path: Path, network: Module, *, averaged: bool) -> NvlabsGenerator:
    tensors: dict[str, Tensor] = {}
    clamps = set()
    for prefix, module in _walk(network):
        check_attributes(path, prefix.removesuffix("."), module.state)
        for group in ("_parameters", "_buffers"):
            found = module.state.get(group, {}).items()
            tensors.update((f"{prefix}{name}", t) for name, t in found if isinstance(t, Tensor))
        if "conv_clamp" in module.state:
            clamps.add(_read_number(module.state, "conv_clamp", int, float))
    if len(clamps) > 1:
        raise CheckpointError(
            f"{path} must clamp all layers alike, got {sorted(map(str, clamps))}; use another file"
        )
    clamp = clamps.pop() if clamps else None
    return NvlabsGenerator(
        tensors=tensors,
        conv_clamp=None if clamp is None else float(clamp),
        img_resolution=_read_number(network.state, "img_resolution", int),
        averaged=averaged,
    )


def _read_number(state: dict[str, Any], name: str, *kinds: type) -> Any:
    """The number called `name`, None where there is none. Raises ValueError for another object."""
    value = state.get(name)
    if value is not None and type(value) not in kinds:
        raise ValueError(f"{name} must be a number, got a {type(value).__name__}")
    return value


def _walk(network: Module) -> Iterator[tuple[str, Module]]:
    return walk_tree(network, _children, ".")


def _children(module: Module) -> Iterator[tuple[str, Module]]:
    for name, child in module.state.get("_modules", {}).items():
        if isinstance(child, Module):
            yield name, child
