"""reenact/stopwatch.py: percentiles, and one report set against another."""

import json
from pathlib import Path

import pytest

from reenact.errors import MediaError
from reenact.stopwatch import Stopwatch, Timing, read_medians, timing_rows


def test_warm_up_is_not_counted() -> None:
    stopwatch = Stopwatch({"net": [9.0, 9.0, 0.001, 0.002, 0.003]})

    (timing,) = stopwatch.timings(warm_up=2)
    assert (timing.p50, timing.p99) == pytest.approx((2.0, 2.98))


def test_rows_are_set_against_the_medians_of_before() -> None:
    rows = timing_rows([Timing("net", 3.0, 4.0, 5.0), Timing("new", 1.0, 1.0, 1.0)], {"net": 6.0})

    assert rows[1].endswith("0.50 x the 6.00 of before")
    assert "before" not in rows[2]


def test_medians_of_a_report_are_read_back(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"timings": [{"stage": "net", "p50": 2.5}]}))

    assert read_medians(report) == {"net": 2.5}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"timings": [{"stage": "net"}]}'])
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(text)

    with pytest.raises(MediaError, match="is no report of reenact bench"):
        read_medians(report)
