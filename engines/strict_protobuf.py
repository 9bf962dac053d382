"""Strict reader of protocol buffers: what two readers could understand differently is refused.

Readers differ in what they forgive: unknown fields, numbers cut to fewer bits, fields that stand
twice, groups. Here every byte belongs to a declared field, written in the one shortest way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engines.wire_format import (
    EIGHT_BYTES,
    FOUR_BYTES,
    LENGTH,
    VARINT,
    UnreadableError,
    read_bytes,
    read_packed,
    read_varint,
)

Value: TypeAlias = int | memoryview
"""A number as its unsigned bits, or the bytes of anything else."""

_Message: TypeAlias = tuple[str, list[memoryview], int]
"""The type of a message, its parts, and how many messages deep it lies."""

_DEEPEST = 64
"""Messages in one another: protobuf itself gives up at 100, and a subgraph takes three."""

_MOST_FIELDS = 250_000
"""Fields of a file, which take a second to read; the bundled synthesis net has 15 000."""

_INTEGERS = {"int32", "int64", "uint64"}
_FIXED = {"float": (FOUR_BYTES, 4), "double": (EIGHT_BYTES, 8)}
"""Wire type and bytes of the numbers that always take the same room."""


@dataclass(frozen=True, slots=True)
class Field:
    """A declared field of a message."""

    name: str
    """Its name in the schema."""
    kind: str
    """A scalar type, an enumeration or a message, by its name in the schema."""
    label: str
    """"repeated", "optional", "oneof" where it excludes all others of that label, or "merged" for
    an optional message that may stand in several parts."""
    wire: int
    """The wire type of one value."""
    values: range | None
    """The numbers that it may be, signed; None for any of its size."""

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which may stand in a list."""
        return self.wire != LENGTH


Schema: TypeAlias = Mapping[str, Mapping[int, Field]]
"""The fields of each message, by the message's name and their number."""


def parse_schema(text: str) -> Schema:
    """The schema that `text` declares: `enum NAME = COUNT;`, and messages as in a .proto file."""
    enums = {name: range(int(count)) for name, count in re.findall(r"enum (\S+) = (\d+);", text)}
    return {
        message: {
            int(number): _declare(name, kind, label, enums)
            for label, kind, name, number in re.findall(
                r"(repeated|optional|oneof|merged) (\S+) (\w+) = (\d+);", body
            )
        }
        for message, body in re.findall(r"message (\S+) \{(.*?)\}", text, re.DOTALL)
    }


def _declare(name: str, kind: str, label: str, enums: Mapping[str, range]) -> Field:
    values = enums.get(kind)
    wire = LENGTH
    if kind in _FIXED:
        wire = _FIXED[kind][0]
    elif kind in _INTEGERS or values is not None:
        wire = VARINT
    if kind == "int32":
        values = range(-(1 << 31), 1 << 31)
    return Field(name, kind, label, wire, values)


def read_fields(content: bytes, schema: Schema, root: str) -> Iterator[tuple[str, Field, Value]]:
    """Each field of a message of type `root`, and of those in it: (message type, field, value).

    Raises UnreadableError at the first byte that is not as the schema says.
    """
    pending: list[_Message] = [(root, [memoryview(content)], 1)]
    left = _MOST_FIELDS
    while pending:
        message, parts, depth = pending.pop()
        if depth > _DEEPEST:
            raise UnreadableError(f"it has more than {_DEEPEST} messages in one another")
        nested: dict[str | int, _Message] = {}
        for field, value in _split(message, parts, schema[message]):
            left -= 1
            if left < 0:
                raise UnreadableError(f"it has more than {_MOST_FIELDS} fields")
            if field.kind in schema and isinstance(value, memoryview):
                place = field.name if field.label == "merged" else len(nested)
                nested.setdefault(place, (field.kind, [], depth + 1))[1].append(value)
            yield message, field, value
        pending += nested.values()


def _split(
    message: str, parts: list[memoryview], fields: Mapping[int, Field]
) -> Iterator[tuple[Field, Value]]:
    seen: set[str] = set()
    for view in parts:
        at = 0
        while at < len(view):
            tag, at = read_varint(view, at)
            field = fields.get(tag >> 3) if tag < 1 << 32 else None
            if field is None:
                raise UnreadableError(f"{message} has a field {tag >> 3}, which is not known here")
            value, at = _read_value(view, at, tag & 7, field)
            _check_single(message, field, seen)
            yield field, value


def _check_single(message: str, field: Field, seen: set[str]) -> None:
    """Raise UnreadableError for the second of what may stand once; `seen` is what stood before."""
    only = "oneof" if field.label == "oneof" else field.name
    if only in seen:
        raise UnreadableError(f"{message} has more than one {field.name}")
    if field.label in ("optional", "oneof"):
        seen.add(only)


def _read_value(view: memoryview, at: int, wire: int, field: Field) -> tuple[Value, int]:
    """The value that begins at `at`, and where it ends."""
    in_list = wire == LENGTH and field.is_number and field.label == "repeated"
    if wire != field.wire and not in_list:
        raise UnreadableError(f"{field.name} is written as wire type {wire}")
    if wire == LENGTH:
        length, at = read_varint(view, at)
        value, at = read_bytes(view, at, length)
        _check_bytes(value, field)
        return value, at
    if field.kind in _FIXED:
        value, at = read_bytes(view, at, _FIXED[field.kind][1])
        return int.from_bytes(value, "little"), at
    number, at = read_varint(view, at)
    signed = number - (1 << 64) if number >> 63 else number
    _check_range(signed, signed, field)
    return number, at


def _check_bytes(value: memoryview, field: Field) -> None:
    """Raise UnreadableError for a text that is not UTF-8, or a malformed list of numbers."""
    if field.kind == "string":
        try:
            str(value, "utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(f"{field.name} is no UTF-8 text") from error
    elif field.kind in _FIXED and (not value or len(value) % _FIXED[field.kind][1]):
        raise UnreadableError(f"{field.name} ends in the middle of a number")
    elif field.wire == VARINT:
        signed = read_packed(value).view("int64")
        _check_range(int(signed.min()), int(signed.max()), field)


def _check_range(least: int, most: int, field: Field) -> None:
    if field.values is not None and (least not in field.values or most not in field.values):
        raise UnreadableError(f"{field.name} has a number that {field.kind} cannot hold")
