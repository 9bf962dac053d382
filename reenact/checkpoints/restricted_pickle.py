"""Reader of plain pickles that knows no program object but the stand-ins that it is given.

It is Python's reader in Python: that in C makes a table as long as the largest number in the file.
"""

import pickle
from collections.abc import Callable, Mapping
from typing import IO, Any, ClassVar

_HEAVIEST = 10_000
"""Most objects in a tuple, counted as if none were shared: published files have a dozen."""


class RestrictedUnpickler(pickle._Unpickler):
    """Reads a plain pickle in which every global is one of `stand_ins`, by its full name.

    Raises UnpicklingError for one that takes more memory or time than its length can explain.
    """

    dispatch: ClassVar = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: IO[bytes], length: int, stand_ins: Mapping[str, Any]) -> None:
        """length: of the file, in bytes."""
        super().__init__(file, encoding="latin1")  # for arrays that Python 2 wrote
        self._length, self._stand_ins = length, stand_ins
        self._weights: dict[int, int] = {}

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self._stand_ins:
            raise pickle.UnpicklingError(f"refused GLOBAL {module[:80]}.{name[:80]}")
        return self._stand_ins[f"{module}.{name}"]

    def load_bytearray(self) -> None:
        """Read a byte array, for which Python takes memory before it looks for the bytes."""
        length = int.from_bytes(self.read(8), "little")  # type: ignore[attr-defined]
        if length > self._length:
            raise pickle.UnpicklingError("an array of bytes is longer than the file")
        self.append(bytearray(self.read(length)))  # type: ignore[attr-defined]

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray  # type: ignore[assignment]

    def weigh_tuple(self) -> None:
        """Refuse a tuple that holds another many times over: its hash looks at each anew."""
        made = self.stack[-1]  # type: ignore[attr-defined]
        weight = 1 + sum(self._weights.get(id(each), 1) for each in made if type(each) is tuple)
        if weight > _HEAVIEST:
            raise pickle.UnpicklingError("tuples lie in one another too many times")
        self._weights[id(made)] = weight


def _then_weigh(load: Callable[[Any], None]) -> Callable[[Any], None]:
    def load_tuple(reader: RestrictedUnpickler) -> None:
        load(reader)
        reader.weigh_tuple()

    return load_tuple


for _code in (pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3):
    RestrictedUnpickler.dispatch[_code[0]] = _then_weigh(pickle._Unpickler.dispatch[_code[0]])
