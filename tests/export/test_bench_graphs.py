"""export/bench_graphs.py: backends measured side by side, on nets small enough for a test."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engines.base import Array, EngineError
from export.bench_backends import Backend, open_backend, parse_backend, usual_backends
from export.bench_graphs import GraphReport, Row, measure_subjects
from export.bench_subjects import PackGraph, RandomSynthesis, channels_of, random_subject
from reenact.machine import describe_machine
from reenact.packs.pack import load_pack
from reenact.stopwatch import read_medians
from tests.support.fakes import write_pack

NARROW = [48, 48, 48, 48, 32]
"""Channels of 4 to 64 pixels."""


@pytest.fixture(scope="module")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> RandomSynthesis:
    return RandomSynthesis(64, tmp_path_factory.mktemp("nets"), NARROW, width=32)


@pytest.fixture(scope="module")
def report(synthesis: RandomSynthesis) -> GraphReport:
    names = ("cpu", "torch-cpu", "torch-cuda")
    backends = [parse_backend(name) for name in names]
    return measure_subjects([lambda: synthesis], backends, batches=[1, 2], rounds=9)


def test_onnx_runtime_draws_faster_than_torch_on_the_same_cores(report: GraphReport) -> None:
    p50 = {row.stage: row.p50 for row in report.timings}

    assert p50["synthesis 64 x1 on cpu"] < p50["synthesis 64 x1 on torch-cpu"]


def test_that_ratio_is_told(report: GraphReport) -> None:
    assert any(
        line.startswith("synthesis 64 x1: torch-cpu takes ") and line.endswith("time of cpu")
        for line in report.table().splitlines()
    )


def test_every_case_is_measured_on_every_backend(report: GraphReport) -> None:
    cases = {(row.batch, row.backend) for row in report.timings}

    assert cases >= {(n, on) for n in (1, 2) for on in ("cpu", "torch-cpu")}
    assert all(0 < row.p50 <= row.p95 <= row.p99 for row in report.timings)


def test_backend_that_is_not_here_is_named_with_the_reason(report: GraphReport) -> None:
    measured = {row.backend for row in report.timings}

    assert ("torch-cuda" in measured) != any(
        line.startswith("missing: synthesis 64 on torch-cuda: ")
        for line in report.table().splitlines()
    )


def test_work_is_counted(report: GraphReport) -> None:
    rows = {(row.backend, row.batch): row for row in report.timings}
    row = rows["cpu", 2]

    assert row.gmac > rows["torch-cpu", 2].gmac > 0
    assert row.tflops == pytest.approx(2 * 2 * row.gmac * 1e9 / (row.p50 * 1e-3) / 1e12)


def test_report_can_be_compared_with(report: GraphReport, tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(report.to_json())

    assert report.table(read_medians(path)).count("1.00 x the ") == len(report.timings)
    assert json.loads(report.to_json())["machine"]["processor"] == describe_machine().processor


def test_all_backends_draw_the_same(tmp_path: Path) -> None:
    synthesis = RandomSynthesis(8, tmp_path, [16, 12], width=16)
    inputs: Mapping[str, Array] = synthesis.inputs(2)
    pictures = [
        open_backend(parse_backend(name), synthesis).run(inputs).astype(int)
        for name in ("cpu", "cpu:transposed", "cpu:blurred", "torch-cpu")
    ]

    assert pictures[0].std() > 5
    assert all(np.abs(picture - pictures[0]).max() <= 1 for picture in pictures)


def test_when_nothing_can_run_the_reason_is_raised(synthesis: RandomSynthesis) -> None:
    half = Backend("torch-cpu", frozenset({"half"}))

    with pytest.raises(EngineError, match="torch runs half on a card only"):
        measure_subjects([lambda: synthesis], [half], batches=[1], rounds=1)


def test_graph_of_a_pack_is_measured(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))
    backends = [parse_backend("cpu"), parse_backend("torch-cpu")]
    subject = PackGraph(pack, "motion", tmp_path)
    report = measure_subjects([lambda: subject], backends, batches=[1], rounds=2)

    assert [row.stage for row in report.timings] == ["motion of tiny x1 on cpu"]
    assert report.missing == (
        "motion of tiny on torch-cpu: a pack has no torch modules; compare with --random-weights",
    )


@pytest.mark.parametrize(
    "text", ["tpu", "auto", "cpu:half", "torch-cpu:fp16", "cuda:fp16,tpu", ""], ids=repr
)
def test_unknown_backend_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"--on takes|may be followed by"):
        parse_backend(text)


def test_backends_are_called_what_they_are_read_from() -> None:
    for backend in (*usual_backends(card=True), *usual_backends(card=False)):
        assert parse_backend(str(backend)) == backend


@pytest.mark.parametrize(("graph", "size"), [("synthesis", 100), ("synthesis", 4), ("nose", 256)])
def test_graph_that_cannot_be_made_is_refused(graph: str, size: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--sizes must|--random-weights makes"):
        random_subject(graph, size, tmp_path)


def test_channels_are_those_of_configuration_f() -> None:
    assert channels_of(1024) == [512, 512, 512, 512, 512, 256, 128, 64, 32]


def test_torch_on_another_device_is_not_set_against_the_cpu() -> None:
    rows = [Row("", "net x1", name, 1, 1, 1, 1, 1, 0, 0) for name in ("cpu", "torch-cuda:half")]
    rows.append(Row("", "net x1", "cuda", 1, 0.5, 1, 1, 1, 0, 0))
    report = GraphReport(describe_machine(), 1, 1, tuple(rows), ())

    assert report.ratios() == ["net x1: torch-cuda:half takes 2.00 x the time of cuda"]
