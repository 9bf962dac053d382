"""The parity gate: an artefact is installed only if it computes what its network computes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import nn

from engines.base import Array, Engine
from engines.onnx_file import read_onnx, sha256_of
from engines.ort import OrtEngine
from engines.pytorch import PytorchEngine
from reenact.errors import ReenactError
from reenact.media.files import whole_file

Cases: TypeAlias = Mapping[str, Mapping[str, Array]]
"""Named inputs by their kind, "typical" or "huge", in the order of the module's arguments."""

Backends: TypeAlias = Mapping[str, Callable[[Path], Engine]]
"""Functions that open a file, by the backend's name in the report."""

ORT: Backends = {"ort": lambda path: OrtEngine(read_onnx(path), device="cpu")}
"""ONNX Runtime on the CPU, the reference that every machine has."""

HALF: Backends = {**ORT, "torch": lambda path: PytorchEngine(read_onnx(path))}
"""The backends that a half-precision file must pass on.

ONNX Runtime has no half-precision convolution on the CPU and leaves the casts out; PyTorch rounds
wherever the file says so.
"""

HUGE = 98.0
"""Largest magnitude of a value in ReStyle's published codes."""

LARGEST = {"float32": 1e-3, "uint8": 1.0}
"""Largest difference allowed to an fp32 file, in the units of `Comparison.largest`."""

PSNR_DB = {"typical": 45.0, "huge": 40.0}
"""PSNR that an fp16 file must reach, in decibels, by the kind of input."""


class ParityError(ReenactError):
    """An artefact does not compute what its network computes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The agreement of one backend with the network, on one kind of input."""

    backend: str
    """The backend's name in `Backends`."""
    device: str
    """The device on which the engine ran."""
    inputs: str
    """The kind of input, a key of `Cases`."""
    largest: float
    """Largest difference: as a share of the peak (at least 1) for floats, in levels for pixels."""
    psnr_db: float | None
    """PSNR against 255 for pixels, twice the peak (at least 2) for floats; None if equal."""
    passed: bool
    """Whether the artefact may be installed."""


def install_if_equal(
    candidate: Path, target: Path, module: nn.Module, cases: Cases, *,
    precision: str, backends: Backends = ORT,
) -> list[Comparison]:  # fmt: skip
    """Rename `candidate` to `target`, with the report beside it, if it computes what `module` does.

    precision: "fp32" or "fp16". It must pass on all `backends`.
    Raises ParityError naming the first failure, and leaves `target` as it was.
    """
    comparisons = compare(candidate, module, cases, precision=precision, backends=backends)
    for comparison in comparisons:
        if not comparison.passed:
            raise ParityError(_describe_failure(candidate, precision, comparison))
    report = {
        "sha256": sha256_of(candidate),
        "precision": precision,
        "comparisons": [asdict(comparison) for comparison in comparisons],
    }
    with whole_file(report_path(target)) as fresh:
        fresh.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    candidate.replace(target)
    return comparisons


def compare(
    path: Path, module: nn.Module, cases: Cases, *,
    precision: str, backends: Backends = ORT,
) -> list[Comparison]:  # fmt: skip
    """Run the file `path` on each backend and compare it with `module`, for each kind of input."""
    expected = {kind: _through_torch(module, inputs) for kind, inputs in cases.items()}
    comparisons = []
    for backend, open_file in backends.items():
        engine = open_file(path)
        for kind, inputs in cases.items():
            (got,) = engine(**inputs).values()
            figures = measure_difference(expected[kind], got)
            passed = _passes(precision, kind, got.dtype.name, *figures)
            comparisons.append(Comparison(backend, engine.device, kind, *figures, passed))
        engine.close()
    return comparisons


def code_cases(name: str, codes: Array) -> dict[str, dict[str, Array]]:
    """Typical codes, and the same codes scaled to a largest value of 98, as the input `name`."""
    return {"typical": {name: codes}, "huge": {name: codes * (HUGE / np.abs(codes).max())}}


def measure_difference(expected: Array, got: Array) -> tuple[float, float | None]:
    """Largest difference and PSNR, in the units of `Comparison`; NaN counts as infinitely far."""
    truth, result = expected.astype(np.float64), got.astype(np.float64)
    pixels = expected.dtype == np.uint8
    peak = max(float(np.abs(truth).max()), 1.0)
    error = np.nan_to_num(np.abs(result - truth), nan=np.inf)
    largest = float(error.max()) / (1.0 if pixels else peak)
    if largest in (0.0, np.inf):
        return largest, None if largest == 0 else -np.inf
    span = 255.0 if pixels else 2 * peak
    return largest, float(10 * np.log10(span**2 / np.mean(error**2)))


def report_path(artefact: Path) -> Path:
    """The path of the report on `artefact`."""
    return artefact.with_suffix(".parity.json")


def _passes(precision: str, kind: str, dtype: str, largest: float, psnr_db: float | None) -> bool:
    if precision == "fp32":
        return largest <= LARGEST[dtype]
    return psnr_db is None or psnr_db >= PSNR_DB[kind]


def _describe_failure(path: Path, precision: str, comparison: Comparison) -> str:
    wanted = (
        f"at least {PSNR_DB[comparison.inputs]:g} dB"
        if precision == "fp16"
        else "a difference of at most " + " or ".join(f"{v:g} ({k})" for k, v in LARGEST.items())
    )
    psnr = "none" if comparison.psnr_db is None else f"{comparison.psnr_db:.1f} dB"
    return (
        f"{path.name} must agree with its network by {wanted}, but on {comparison.backend} "
        f"({comparison.device}, {comparison.inputs} inputs) the largest difference is "
        f"{comparison.largest:.2g} and the PSNR {psnr}; it was not installed, export it as fp32"
    )


def _through_torch(module: nn.Module, inputs: Mapping[str, Array]) -> Array:
    with torch.no_grad():
        result = module.eval()(*(torch.from_numpy(array) for array in inputs.values()))
    return np.asarray(result.numpy())
