"""`reenact evaluate videos`: a short driver from end to end, and one sentence for bad inputs."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from reenact.cli.main import main
from reenact.evaluate.drivers import find_calmest
from reenact.evaluate.ratios import measure_ratios, points_of_mesh
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from tests.support.clips import steady, write_clip


def shorten(path: Path, frames: int) -> Path:
    info = probe_video(DRIVER)
    with SegmentWriter(path, info, quality=18) as writer:
        for frame, _ in zip(read_frames(DRIVER, info), range(frames), strict=False):
            writer.write(frame.image, frame.pts)
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shorten(tmp_path_factory.mktemp("driver") / "driver.mp4", 24)


def refuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence of a run that may not succeed."""
    assert main(["evaluate", "videos", *words]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "nets run on" not in line]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.slow
def test_pack_is_measured_and_the_report_written(
    driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dlib")
    folder = tmp_path / "report"
    words = ["evaluate", "videos", str(driver), "--neutral", "calmest", "--identity", "ines"]
    assert main([*words, "--device", "cpu", "--output", str(folder), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)["lanes"]["ines"]
    assert numbers["face found in the output (dlib)"]["mean"] == 100
    assert numbers["Pose MAE, yaw and pitch"]["mean"] < 15
    assert {path.name for path in folder.iterdir()} == {
        *("table.md", "scores.json", "01-driver-ines-signals.png", "01-driver-ines-worst.png")
    }


def test_driver_that_is_its_own_output_scores_one(
    driver: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dlib")
    assert main(["evaluate", "videos", str(driver), "--made", str(driver), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)["lanes"]["made"]
    assert numbers["FL CORR (dlib)"]["mean"] == pytest.approx(1.0)
    assert numbers["Pose MAE, yaw and pitch"]["mean"] == pytest.approx(0.0, abs=1e-9)


def test_output_of_another_length_is_refused(
    driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dlib")
    shorter = shorten(tmp_path / "shorter.mp4", 20)
    line = refuse([str(driver), "--made", str(shorter)], capsys)
    assert "has 20 frames and its driver" in line
    assert "has 24" in line


def test_driver_without_a_face_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dlib")
    bare = write_clip(tmp_path / "bare.mp4", pts=tuple(steady(12, 1001)))
    assert "shows no face in any frame" in refuse([str(bare)], capsys)


@pytest.mark.parametrize(("frames", "since"), [(1, "0"), (24, "0.7")])
def test_driver_with_too_few_frames_is_refused(
    frames: int, since: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dlib")
    short = shorten(tmp_path / "short.mp4", frames)
    assert "needs 10 or more" in refuse([str(short), "--since", since], capsys)


@pytest.mark.parametrize("missing", ["dlib", "face_recognition_models"])
def test_missing_dlib_is_named_with_its_extra(
    missing: str, driver: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    line = refuse([str(driver)], capsys)
    assert "pip install 'reenact[evaluate]'" in line


def test_neutral_pictures_must_be_one_for_all_or_one_for_each(
    driver: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refuse([str(driver), "--neutral", "a.png", "b.png"], capsys)
    assert "got 2 for 1 drivers" in line


def test_calmest_face_of_a_clip_has_open_eyes(driver: Path) -> None:
    calm = find_calmest(driver)
    assert np.all(measure_ratios(points_of_mesh(calm.landmarks))[:2] > 0.15)
