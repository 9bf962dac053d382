"""ONNX files that were changed on purpose: byte by byte, field by field, and by known tricks."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def rich_model() -> bytes:
    """A small net with a tensor in every kind of place that messages of ONNX have for one."""
    weight = numpy_helper.from_array(np.arange(4, dtype=np.float32), "weight")
    counts = helper.make_tensor("counts", TensorProto.INT64, [3], [1, -2, 300])
    halves = helper.make_tensor("halves", TensorProto.FLOAT16, [2], [1.0, -2.0])
    small = helper.make_tensor("small", TensorProto.FLOAT, [2], [1.0, 2.0])
    indices = helper.make_tensor("indices", TensorProto.INT64, [1], [2])
    sparse = helper.make_sparse_tensor(helper.make_tensor("", 1, [1], [3.0]), indices, [4])
    port = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])
    branch = helper.make_graph([helper.make_node("Constant", [], ["y"], value=small)], "b", [], [])
    nodes = [
        helper.make_node("Constant", [], ["c"], value=halves),
        helper.make_node("Constant", [], ["s"], sparse_value=sparse),
        helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch, seed=7),
        helper.make_node("Add", ["c", "weight"], ["y"], axes=[1, -1], mode="linear", alpha=0.5),
    ]
    graph = helper.make_graph(nodes, "net", [port], [port], [weight, counts])
    graph.sparse_initializer.append(sparse)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("ours", "f", [], ["y"], nodes[:1], opset))
    model.training_info.add().initialization.CopyFrom(branch)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def varint(number: int, length: int = 0) -> bytes:
    """`number` in the wire format, at least `length` bytes long."""
    groups: list[int] = []
    while number or not groups or len(groups) < length:
        groups.append(number & 0x7F)
        number >>= 7
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _elsewhere(location: bytes = b"\x70\x01", tensor_in_graph: int = 5) -> bytes:
    """A graph whose only weight is in the file "secret"; `location`: the field that says so."""
    entry = field(1, b"location") + field(2, b"secret")
    tensor = field(8, b"weight") + b"\x08\x04\x10\x01" + field(13, entry) + location
    return field(tensor_in_graph, tensor)


def _in_model(graph: bytes, tag: bytes = b"\x3a", before: bytes = b"") -> bytes:
    return before + b"\x08\x08" + tag + varint(len(graph)) + graph


_GROUP = b"\x7b\x7c"  # field 15, which no message of these has, as an empty group

TRICKS: dict[str, bytes] = {
    "plain": _in_model(_elsewhere()),
    "location of 33 bits": _in_model(_elsewhere(b"\x70" + varint(1 + (1 << 32)))),
    "location's tag of 36 bits": _in_model(_elsewhere(b"\xf0\x80\x80\x80\x10\x01")),
    "group in the model": _in_model(_elsewhere(), before=_GROUP),
    "group in the graph": _in_model(_GROUP + _elsewhere()),
    "graph's tag of 36 bits": _in_model(_elsewhere(), tag=varint(0x3A | 1 << 35)),
    "location of padded bytes": _in_model(_elsewhere(b"\x70\x81\x80\x00")),
    "location twice": _in_model(_elsewhere(b"\x70\x01\x70\x00")),
    "location without entries": _in_model(field(5, field(8, b"weight") + b"\x70\x01")),
    "entries without location": _in_model(_elsewhere(b"")),
    "negative location": _in_model(_elsewhere(b"\x70" + varint((1 << 64) - 1))),
    "location of another wire type": _in_model(_elsewhere(b"\x75\x01\x00\x00\x00")),
    "sparse": _in_model(field(15, field(1, _elsewhere()[2:]))),
}
"""Files that keep a weight elsewhere, each written so that a lenient check would miss it."""


@dataclass(slots=True)
class _Part:
    """A field of a file, which can be changed and written again with its lengths put right."""

    tag: bytes
    """Number and wire type, as they are written."""
    value: bytes
    """A number as it is written, or the bytes of a text."""
    parts: list["_Part"] | None
    """The fields of a message, whose `value` is empty; None for anything else."""
    has_length: bool
    """Whether a length stands before the value."""

    def write(self) -> bytes:
        """The field with all that is in it."""
        body = self.value if self.parts is None else _write(self.parts)
        return self.tag + (varint(len(body)) if self.has_length else b"") + body


def _write(parts: list[_Part]) -> bytes:
    return b"".join(part.write() for part in parts)


def _read(content: bytes, message: Any) -> list[_Part]:
    """The fields of a well-formed message; `message` is its descriptor in the `onnx` package."""
    parts, at = [], 0
    while at < len(content):
        tag, start = _number(content, at)
        kind = message.fields_by_number[tag >> 3].message_type
        if tag & 7 == 2:
            length, start_of_value = _number(content, start)
            value = content[start_of_value : start_of_value + length]
            nested = None if kind is None else _read(value, kind)
            after = start_of_value + length
        else:
            after = _number(content, start)[1] if tag & 7 == 0 else start + {1: 8, 5: 4}[tag & 7]
            value, nested = content[start:after], None
        parts.append(_Part(content[at:start], value, nested, tag & 7 == 2))
        at = after
    return parts


def _number(content: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    number = shift = 0
    while True:
        number |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 0x80:
            return number, at


def _messages(parts: list[_Part]) -> Iterator[list[_Part]]:
    """The fields of a message that has some, and of every message in it."""
    if parts:
        yield parts
    for part in parts:
        if part.parts:
            yield from _messages(part.parts)


def mutations(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`count` files made of the model `content`, the same ones for the same seed."""
    dice = random.Random(seed)
    for _ in range(count):
        if dice.random() < 0.3:
            yield _flip(content, dice)
            continue
        whole = _read(content, onnx.ModelProto.DESCRIPTOR)
        parts = dice.choice(list(_messages(whole)))
        dice.choice(_CHANGES)(parts, dice.randrange(len(parts)), dice)
        yield _write(whole)


def _flip(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4))):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _rewrite_tag(parts: list[_Part], at: int, dice: random.Random) -> None:
    tag, _ = _number(parts[at].tag, 0)
    tag ^= dice.choice((0, 1 << 32, 1 << 35, 1 << 63, 1 << dice.randrange(7)))
    parts[at].tag = varint(tag, dice.choice((0, 0, 2, 5, 10, 11)))


def _rewrite_value(parts: list[_Part], at: int, dice: random.Random) -> None:
    part = parts[at]
    if part.has_length:
        part.value = part.value[:-1] + dice.randbytes(dice.randrange(4))
        part.parts = None
    else:
        number = _number(part.value + b"\0", 0)[0]
        number ^= dice.choice((0, 1 << 32, 1 << 63, dice.getrandbits(64), dice.randrange(16)))
        part.value = varint(number, dice.choice((0, 0, 2, 5, 9, 10, 11)))


def _insert(parts: list[_Part], at: int, dice: random.Random) -> None:
    number = dice.choice((dice.randrange(1, 32), 7, 13, 14, dice.randrange(1 << 29)))
    value = varint(dice.getrandbits(dice.choice((1, 4, 33, 64))))
    inserted = dice.choice(
        (_GROUP, varint(number << 3) + value, field(number, dice.randbytes(dice.randrange(5))),
         b"\x70\x01", field(13, b""), _elsewhere(), field(7, _elsewhere()))
    )  # fmt: skip
    parts.insert(at, _Part(b"", inserted, None, has_length=False))


def _repeat(parts: list[_Part], at: int, dice: random.Random) -> None:
    parts.insert(dice.randrange(len(parts) + 1), parts[at])


def _swap(parts: list[_Part], at: int, dice: random.Random) -> None:
    parts.insert(dice.randrange(len(parts)), parts.pop(at))


def _drop(parts: list[_Part], at: int, dice: random.Random) -> None:
    del parts[at : at + dice.choice((1, 1, 3))]


_CHANGES: tuple[Callable[[list[_Part], int, random.Random], None], ...] = (
    _rewrite_tag, _rewrite_value, _insert, _insert, _repeat, _swap, _drop,
)  # fmt: skip


def has_external_data(model: onnx.ModelProto) -> bool:
    """Whether a tensor anywhere in the model says that its values are elsewhere."""

    def inside(message: object) -> Iterator[TensorProto]:
        if isinstance(message, TensorProto):
            yield message
        for descriptor, value in message.ListFields():  # type: ignore[attr-defined]
            if descriptor.message_type is not None:
                for each in value if descriptor.is_repeated else [value]:
                    yield from inside(each)

    return any(tensor.data_location or tensor.external_data for tensor in inside(model))
