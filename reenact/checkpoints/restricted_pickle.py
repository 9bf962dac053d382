"""Reader of plain pickles that knows no program object but the stand-ins that it is given."""

import pickle
from collections.abc import Mapping
from typing import IO, Any


class RestrictedUnpickler(pickle.Unpickler):
    """Reads a plain pickle in which every global is one of `stand_ins`, by its full name."""

    def __init__(self, file: IO[bytes], stand_ins: Mapping[str, Any]) -> None:
        super().__init__(file, encoding="latin1")  # for arrays that Python 2 wrote
        self._stand_ins = stand_ins

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self._stand_ins:
            raise pickle.UnpicklingError(f"refused GLOBAL {module}.{name}")
        return self._stand_ins[f"{module}.{name}"]
