"""tools/bench_live.py: its figures, and one small run of it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from server.webrtc.delay_code import read
from tools.bench_live import cases, drift, parse
from tools.live_camera import motion_of
from tools.live_load import Row, beyond, carried, encoded_film
from tools.live_window import Window, percentile, stages_of

ROOT = Path(__file__).parents[2]

ROW = Row(
    sessions=1,
    fps=30.0,
    p50_ms=16.0,
    p95_ms=24.0,
    undecoded=0,
    server_percent=35.0,
    guests_percent=16.0,
    stolen_percent=0.0,
)

WINDOW = Window(
    seconds=30.0,
    fps=22.0,
    p50_ms=100.0,
    p95_ms=150.0,
    delays=600,
    server_p50_ms=50.0,
    server_p95_ms=70.0,
    stages_ms={},
    in_fps=22.0,
    dropped=0,
    percent={},
    memory_mb=370.0,
    load=1.0,
)


@pytest.mark.parametrize(
    ("changed", "over"),
    [
        ({}, False),
        ({"fps": 28.6}, False),
        ({"fps": 28.4}, True),
        ({"p95_ms": 47.0}, False),
        ({"p95_ms": 49.0}, True),
        ({"p95_ms": None}, True),
        ({"undecoded": 3}, False),
        ({"undecoded": 4}, True),
    ],
    ids=str,
)
def test_the_knee_is_where_frames_delay_or_decoder_give_way(
    changed: dict[str, Any], over: bool
) -> None:
    assert beyond(replace(ROW, sessions=2, **changed), ROW) is over


def test_a_process_carries_the_sessions_before_the_knee() -> None:
    rows = [replace(ROW, sessions=count) for count in (1, 2, 3)]
    assert carried([*rows, replace(ROW, sessions=4, fps=20.0)]) == 3
    assert carried([replace(ROW, fps=10.0)]) == 0
    assert carried(rows) == 3


@pytest.mark.parametrize(
    ("changed", "complaints"),
    [
        ({}, 0),
        ({"p50_ms": 109.0}, 0),
        ({"p50_ms": 111.0}, 1),
        ({"p50_ms": None}, 1),
        ({"memory_mb": 389.0}, 0),
        ({"memory_mb": 391.0}, 1),
        ({"p50_ms": 200.0, "memory_mb": 500.0}, 2),
    ],
    ids=str,
)
def test_a_soak_complains_of_delay_and_memory_that_grew(
    changed: dict[str, Any], complaints: int
) -> None:
    assert len(drift(WINDOW, replace(WINDOW, **changed))) == complaints


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 95)) == (51.0, 96.0)
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None


def test_stages_are_medians_of_what_is_known() -> None:
    told: list[dict[str, Any]] = [
        {"stages": {"align": 8.0, "encode": None}},
        {"stages": {"align": 10.0, "wait": 1.0}},
    ]
    assert stages_of(told) == {"align": 9.0, "wait": 1.0}


def test_another_folder_is_measured_as_the_product_is(tmp_path: Path) -> None:
    assert [case.name for case in cases(None)] == ["echo", "full"]
    other = cases(tmp_path)[-1]
    assert (other.tree, other.program) == (tmp_path.resolve(), cases(None)[1].program)


def test_the_command_measures_fifteen_seconds_if_nothing_is_said() -> None:
    options = parse([])
    assert (options.seconds, options.rounds, options.soak, options.load) == (15.0, 1, None, False)


def test_encoded_frames_carry_their_numbers_and_begin_with_a_key_frame() -> None:
    film = encoded_film(12)
    decoder = av.CodecContext.create("vp8", "r")
    numbers = []
    for data in film:
        packet = av.Packet(data)
        (frame,) = decoder.decode(packet)
        planes = frame.to_ndarray()
        numbers.append(read(np.asarray(planes[: frame.height], np.uint8)))
    assert numbers == list(range(12))
    assert not film[0][0] & 1  # RFC 6386, section 9.1: a key frame
    assert film[1][0] & 1


def test_a_camera_that_takes_every_second_frame_shows_the_same_motion() -> None:
    assert np.array_equal(motion_of(45, 2), motion_of(90))


@pytest.mark.slow
def test_the_load_of_one_session_is_measured(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    words = ["--load", "--most", "1", "--seconds", "2", "--json", str(report)]
    subprocess.run(
        [sys.executable, "-m", "tools.bench_live", *words], cwd=ROOT, check=True, timeout=120
    )
    load = json.loads(report.read_text(encoding="utf-8"))["load"]
    (row,) = load["rows"]
    assert row["sessions"] == 1
    assert row["fps"] > 1
    assert 0 < row["p50_ms"] <= row["p95_ms"]
    assert row["server_percent"] > 0
