"""Small checkpoints that ask their reader for far more memory or time than their size explains."""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch

from tests.support.nvidia_layouts import Persistent, fake_modules, nvlabs_bytes, tensorflow_bytes
from tests.support.public_layouts import make_generator

DEEP = 45
"""Levels of things that are each there twice: nobody sees the end of 2^45."""

_NVLABS = b"\x80\x04\x8c\x17torch_utils.persistence0"
"""The beginning of a pickle that is taken for one of NVIDIA's PyTorch programs."""


Make: TypeAlias = Callable[[], bytes]


class Call:
    """Unpickles by calling a function that readers allow."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def _twice(value: Any, join: Callable[[Any, Any], Any]) -> Any:
    for _ in range(DEEP):
        value = join(value, value)
    return value


def _lists() -> Any:
    return _twice(0, lambda a, b: [a, b])


def nets_twice() -> bytes:
    tree = _twice(
        Persistent("Layer", {}), lambda a, b: Persistent("Block", {"_modules": {"a": a, "b": b}})
    )
    return nvlabs_bytes(make_generator(), name="G", additions={"G_ema": tree})


def components(top: Callable[[Callable[..., Any]], Any]) -> bytes:
    """A pickle of TensorFlow's whose network is made by `top` of a function that makes one."""
    modules = {"dnnlib": (), "dnnlib.tflib": (), "dnnlib.tflib.network": ("Network",)}
    with fake_modules(modules) as made:

        def network(variables: Any = (), **below: Any) -> Any:
            fresh = made["Network"]()
            fresh.version, fresh.variables, fresh.components = 4, list(variables), below
            return fresh

        return pickle.dumps((None, None, top(network)), 4)


def components_twice() -> bytes:
    return components(lambda network: _twice(network(), lambda a, b: network(a=a, b=b)))


def component_in_itself() -> bytes:
    def top(network: Callable[..., Any]) -> Any:
        made = network()
        made.components["again"] = made
        return made

    return components(top)


def one_array_many_times() -> bytes:
    array = np.zeros(1 << 20, np.uint8)
    return components(lambda network: network((f"v{number}", array) for number in range(9000)))


def memo_index() -> bytes:
    return _NVLABS + b"Nr\xf0\xff\xff\x0f."


def byte_array() -> bytes:
    return _NVLABS + b"\x96" + (3 << 30).to_bytes(8, "little") + b"."


def tuples_as_a_key() -> bytes:
    return nvlabs_bytes(make_generator(), additions={"D": _DictOf(_twice(0, lambda a, b: (a, b)))})


class _DictOf:
    """Pickles as a dictionary with one key, which is not hashed before it is read."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def __reduce__(self) -> Any:
        return OrderedDict, (), None, None, iter([(self.key, 0)])


def text_of_lists() -> bytes:
    return tensorflow_bytes(make_generator(), arguments={"architecture": _lists()})


def number_of_lists() -> bytes:
    return nvlabs_bytes(make_generator(), clamp=_lists())


def class_of_lists() -> bytes:
    return nvlabs_bytes(make_generator(), additions={"D": Persistent(_lists(), {})})


def packed_archive() -> bytes:
    """A pickle with a PyTorch archive in it whose entries are compressed a thousandfold."""
    plain, packed = io.BytesIO(), io.BytesIO()
    torch.save(torch.zeros(50_000_000, dtype=torch.uint8), plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(packed, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry), zipfile.ZIP_DEFLATED)
    return _with_storages(packed.getvalue(), 1)


def one_storage_many_times() -> bytes:
    stream = io.BytesIO()
    zeros = torch.zeros(1 << 20, dtype=torch.uint8)
    torch.save(zeros, stream, _use_new_zipfile_serialization=False)
    return _with_storages(stream.getvalue(), 9000)


def _with_storages(content: bytes, many: int) -> bytes:
    storages = [Call(torch.storage._load_from_bytes, content) for _ in range(many)]
    return nvlabs_bytes(make_generator(), additions={"D": storages})


def bytes_of_a_size() -> bytes:
    stream = io.BytesIO()
    torch.save({"g_ema": Call(bytearray, 16 << 30)}, stream)
    return stream.getvalue()
