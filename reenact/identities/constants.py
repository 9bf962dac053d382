"""Constants of enrolment: the average code, and the map from a code to an identity's constant."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from reenact.errors import PackError
from reenact.media.files import translate_os_errors
from reenact.types import Latent

_BLOCK_ROWS = 512  # 19 MB a block for a code of 18 x 512


class EnrolmentConstants:
    """An enrolment.safetensors: `latent_avg` (rows, width), `weight` and `bias` of the linear map.

    The map is the identity's half of M in g = G(M(motion + identity)); see `identities.enrol`.
    """

    def __init__(self, path: Path, code: tuple[int, int]) -> None:
        """code: (rows, width). Raises PackError when the file holds something else."""
        self._path, self._code = path, code
        size = code[0] * code[1]
        self.latent_avg: Latent = self._read("latent_avg", code)
        self._bias = self._read("bias", (size,))
        with self._open() as tensors:
            weight = tensors.get_slice("weight")
            self._check("weight", (size, size), tuple(weight.get_shape()), weight.get_dtype())

    def map_code(self, code: Latent) -> Latent:
        """The constant that motion is added to, of the person whose code is `code`; (rows, width).

        The matrix, 340 MB for a code of 18 x 512, is read block by block and never held.
        """
        flat = code.ravel().astype(np.float64)
        with self._open() as tensors:
            weight = tensors.get_slice("weight")
            products = [
                weight[start : min(start + _BLOCK_ROWS, code.size)].astype(np.float64) @ flat
                for start in range(0, code.size, _BLOCK_ROWS)
            ]
        constant = np.concatenate(products) + self._bias
        self._require_finite("weight", constant)  # a row that has a value that is none gives none
        return constant.astype(np.float32).reshape(self._code)

    def _read(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
        with self._open() as tensors:
            found = tensors.get_slice(name)
            self._check(name, shape, tuple(found.get_shape()), found.get_dtype())
            value: npt.NDArray[np.float32] = tensors.get_tensor(name)
        self._require_finite(name, value)
        return value

    def _require_finite(self, name: str, values: npt.NDArray[Any]) -> None:
        if not np.isfinite(values).all():
            raise PackError(
                f"{self._path}: {name} must be of finite numbers, got one that is infinite or no "
                "number; get the pack again"
            )

    def _check(
        self, name: str, wanted: tuple[int, ...], shape: tuple[int, ...], dtype: str
    ) -> None:
        if shape != wanted or dtype != "F32":
            raise PackError(
                f"{self._path}: {name} must be float32 {wanted}, got {dtype} {shape}; "
                "get the pack again"
            )

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with (
            translate_os_errors(
                self._path, "holds no constants of enrolment", "get the pack again",
                raised=PackError, caught=(OSError, SafetensorError),
            ),
            safe_open(self._path, framework="numpy") as tensors,
        ):  # fmt: skip
            yield tensors
