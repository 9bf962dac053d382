"""Wire format of protocol buffers: reads numbers and bytes, written in the one shortest way."""

import numpy as np
import numpy.typing as npt

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
"""Wire types; 3 and 4, which enclose a group, are in no file that is still written."""

_MOST_PACKED = 4 << 20
"""Bytes of one list of numbers: reading takes 25 times as much memory for a moment, and weights of
any size are kept as raw bytes instead."""

_MOST_DIGITS = 10
"""Bytes of a number of 64 bits, seven bits a byte."""


class UnreadableError(ValueError):
    """Bytes are not what was declared, or not written in the one strict way."""


def read_varint(view: memoryview, at: int) -> tuple[int, int]:
    """The number of at most 64 bits that begins at `at`, unsigned, and where it ends."""
    value, start = 0, at
    for byte in view[at : at + _MOST_DIGITS]:
        value |= (byte & 0x7F) << 7 * (at - start)
        at += 1
        if byte < 0x80:
            if value >> 64 or (byte == 0 and at - start > 1):
                raise UnreadableError("a number is not written in its shortest form")
            return value, at
    raise UnreadableError("a number has no end")


def read_bytes(view: memoryview, at: int, length: int) -> tuple[memoryview, int]:
    """The `length` bytes that begin at `at`, and where they end."""
    if length > len(view) - at:
        raise UnreadableError("it ends in the middle of a field")
    return view[at : at + length], at + length


def read_packed(view: memoryview) -> npt.NDArray[np.uint64]:
    """The numbers, at least one, that stand one after the other in `view`; (N,)."""
    if len(view) > _MOST_PACKED:
        raise UnreadableError(f"a list of numbers has more than {_MOST_PACKED} bytes")
    codes = np.frombuffer(view, np.uint8)
    ends = np.flatnonzero(codes < 0x80)
    digits, last = np.diff(ends, prepend=-1), codes[ends]
    longest = last[digits == _MOST_DIGITS]  # whose last digit is bit 64
    if (
        not len(ends)
        or ends[-1] != len(codes) - 1
        or (digits > _MOST_DIGITS).any()
        or (longest > 1).any()
        or (last[digits > 1] == 0).any()
    ):
        raise UnreadableError("a list of numbers is malformed")
    starts = ends - digits + 1
    shifts = 7 * (np.arange(len(codes)) - np.repeat(starts, digits))
    parts = (codes & 0x7F).astype(np.uint64) << shifts.astype(np.uint64)
    numbers: npt.NDArray[np.uint64] = np.add.reduceat(parts, starts)
    return numbers
