"""reenact/bench.py: times every stage, says on what, and refuses what it cannot time."""

import json
from pathlib import Path

import pytest

from reenact.bench import STAGES, WHOLE, BenchReport, run_bench
from reenact.errors import MediaError, NoFaceError
from reenact.identities.identity import load_identity
from reenact.packs.bundled import DRIVER
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from reenact.stopwatch import read_medians
from tests.support.clips import write_clip
from tests.support.fake_face_pack import write_face_pack
from tests.support.fakes import ada, write_pack


@pytest.fixture(scope="module")
def reenactor(tmp_path_factory: pytest.TempPathFactory) -> Reenactor:
    return Reenactor(load_pack(write_pack(tmp_path_factory.mktemp("pack"))), device="cpu")


@pytest.fixture(scope="module")
def report(reenactor: Reenactor) -> BenchReport:
    return run_bench(reenactor, ada(), frames=3, warm_up=2)


def test_every_stage_is_timed_in_order(report: BenchReport) -> None:
    stages = [timing.stage for timing in report.timings]

    assert stages == ["align", "read", "motion", "synthesis", "encode", WHOLE]


def test_a_pack_that_reads_faces_is_timed_too(tmp_path: Path) -> None:
    reenactor = Reenactor(load_pack(write_face_pack(tmp_path)), device="cpu")
    report = run_bench(reenactor, load_identity(reenactor.pack, "ada"), frames=2, warm_up=1)

    assert [timing.stage for timing in report.timings] == list(STAGES)


def test_table_is_set_against_another_report(report: BenchReport, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text(report.to_json())

    assert report.table(read_medians(before)).count("1.00 x the ") == len(report.timings)


def test_percentiles_are_in_order(report: BenchReport) -> None:
    assert all(0 < row.p50 <= row.p95 <= row.p99 for row in report.timings)


def test_report_says_what_was_measured_on_what(report: BenchReport) -> None:
    assert (report.frames, report.frame_size, report.device) == (3, (480, 640), "cpu")
    assert report.clip == DRIVER.name
    assert report.machine.processor in report.table()


def test_json_holds_every_number(report: BenchReport) -> None:
    timings = json.loads(report.to_json())["timings"]

    assert timings[-1] == {
        "stage": WHOLE,
        "p50": report.timings[-1].p50,
        "p95": report.timings[-1].p95,
        "p99": report.timings[-1].p99,
    }


def test_clip_that_is_too_short_is_refused(reenactor: Reenactor, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "short.mp4", audio=())

    with pytest.raises(MediaError, match="has 30 frames, and 30 are for warming up"):
        run_bench(reenactor, ada(), clip=clip, warm_up=30)


def test_clip_without_a_face_is_refused(reenactor: Reenactor, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "bars.mp4", audio=())

    with pytest.raises(NoFaceError, match=r"no face at 0.00 s"):
        run_bench(reenactor, ada(), clip=clip, warm_up=2)
