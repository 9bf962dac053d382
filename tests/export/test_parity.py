"""Only an artefact that computes what its network computes is installed."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.base import Array
from engines.onnx_file import sha256_of
from export.parity import (
    HALF,
    ParityError,
    code_cases,
    compare,
    install_if_equal,
    measure_difference,
    report_path,
)
from export.precision import to_half
from tests.support import narrow_graphs

_CASES = code_cases("w", narrow_graphs.inputs("synthesis")["w"])


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    path = tmp_path / "candidate.onnx"
    path.write_bytes(narrow_graphs.onnx_file("synthesis").read_bytes())
    return path


def test_equal_artefact_is_installed_with_its_report(candidate: Path) -> None:
    target = candidate.with_name("synthesis.onnx")
    module = narrow_graphs.module("synthesis")
    install_if_equal(candidate, target, module, _CASES, precision="fp32")
    report = json.loads(report_path(target).read_text())
    assert report["sha256"] == sha256_of(target)
    assert [row["inputs"] for row in report["comparisons"]] == ["typical", "huge"]
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "synthesis.onnx",
        "synthesis.parity.json",
    ]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_other_artefact_is_not_installed(candidate: Path, precision: str) -> None:
    target = candidate.with_name("synthesis.onnx")
    target.write_bytes(b"what was there")
    other = deepcopy(narrow_graphs.module("synthesis"))
    torch.nn.init.ones_(other.get_buffer("picture.to_rgbs.2.colours"))
    with pytest.raises(ParityError, match="was not installed"):
        install_if_equal(candidate, target, other, _CASES, precision=precision)
    assert target.read_bytes() == b"what was there"
    assert not report_path(target).exists()


@pytest.mark.parametrize("name", ["synthesis", "motion"])
def test_half_precision_passes_its_gate(name: str, tmp_path: Path) -> None:
    to_half(narrow_graphs.onnx_file(name), tmp_path / "half.onnx")
    cases: dict[str, dict[str, Array]] = {"typical": narrow_graphs.inputs(name)}
    cases = _CASES if name == "synthesis" else cases
    module = narrow_graphs.module(name)
    path = tmp_path / "half.onnx"
    found = compare(path, module, cases, precision="fp16", backends=HALF)
    assert all(comparison.passed for comparison in found)
    assert any(c.backend == "torch" and c.psnr_db is not None for c in found)  # it really rounds


@pytest.mark.parametrize(
    ("expected", "got", "largest", "psnr_db"),
    [
        (np.array([10, 20], np.uint8), np.array([10, 20], np.uint8), 0.0, None),
        (np.array([0, 0], np.uint8), np.array([255, 255], np.uint8), 255.0, 0.0),
        (np.array([0.5, -0.5], np.float32), np.array([0.51, -0.51], np.float32), 0.01, 46.02),
        (np.array([50, -50], np.float32), np.array([51, -51], np.float32), 0.02, 40.0),
    ],
    ids=["equal", "opposite pixels", "small floats", "large floats"],
)
def test_figures_of_a_comparison(
    expected: Array, got: Array, largest: float, psnr_db: float | None
) -> None:
    found_largest, found_psnr_db = measure_difference(expected, got)
    assert found_largest == pytest.approx(largest, rel=1e-3)
    assert found_psnr_db == pytest.approx(psnr_db, abs=0.01)


def test_not_a_number_is_infinitely_far() -> None:
    largest, psnr_db = measure_difference(
        np.array([1.0], np.float32), np.array([np.nan], np.float32)
    )
    assert (largest, psnr_db) == (np.inf, -np.inf)


def test_huge_codes_reach_the_published_magnitude() -> None:
    codes = torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(0)).numpy()
    assert np.abs(code_cases("w", codes)["huge"]["w"]).max() == pytest.approx(98.0)
