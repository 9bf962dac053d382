"""reenact/checkpoints/published_code.py: one array of the right shape, and nothing is run."""

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.checkpoints.published_code import read_code
from reenact.errors import CheckpointError

SHAPE = (18, 512)
CODE = np.random.default_rng(0).normal(0, 30, SHAPE).astype(np.float32)


class Evil:
    """Unpickles by calling a function."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("touch marker",)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pickled_code_is_read(protocol: int, dtype: type, tmp_path: Path) -> None:
    (tmp_path / "1.pkl").write_bytes(pickle.dumps(CODE.astype(dtype), protocol))

    assert np.array_equal(read_code(tmp_path / "1.pkl", SHAPE), CODE)


@pytest.mark.parametrize("batch", [CODE, CODE[None], np.asfortranarray(CODE)])
@pytest.mark.parametrize("kind", ["npy", "npz", "pickle"])
def test_array_is_read_whatever_holds_it(kind: str, batch: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "code"
    with path.open("wb") as file:
        if kind == "pickle":
            pickle.dump(batch, file, protocol=4)
        else:
            np.save(file, batch) if kind == "npy" else np.savez_compressed(file, code=batch)

    found = read_code(path, SHAPE)

    assert found.dtype == np.float32
    assert found.shape == SHAPE
    assert np.array_equal(found, CODE)


def not_finite(value: float) -> np.ndarray:
    code = CODE.copy()
    code[17, 511] = value
    return code


BAD: dict[str, tuple[Any, str]] = {
    "fewer rows": (CODE[:14], r"18 rows of 512 numbers, .* got an array \(14, 512\)"),
    "a row": (CODE[0], "got an array"),
    "whole numbers": (CODE.astype(np.int64), "got something else"),
    "no number": (not_finite(np.nan), "not finite"),
    "infinite": (not_finite(np.inf), "not finite"),
    "a list": ([1, 2], "got something else"),
    "a program": (Evil(), "got something else .*(posix|nt).system"),
    "objects": (np.array([Evil()], dtype=object), "got something else"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_other_content_is_refused_and_not_run(
    content: Any, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "1.pkl"
    path.write_bytes(pickle.dumps(content, 4))

    with pytest.raises(CheckpointError, match=sentence) as caught:
        read_code(path, SHAPE)

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "marker").exists()


def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """A .npy without its numbers."""
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


BYTES = {
    "empty": b"",
    "text": b"hello",
    "cut": pickle.dumps(CODE, 4)[:-100],
    "large": bytes(5_000_000),
    "pickle in npy": npy_header("|O", (1,)),
    "huge npy": npy_header("<f4", (1 << 60,)),
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_damaged_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)

    with pytest.raises(CheckpointError, match="must hold one numpy array of 18 rows"):
        read_code(tmp_path / "x", SHAPE)
