"""reenact/doctor.py: says what is wrong with this machine, and never falls over it."""

import json
from pathlib import Path

import pytest

from reenact.doctor import Check, DoctorReport, run_doctor
from reenact.machine import PACKAGES, this_machine
from tests.fakes import write_pack


def checks(report: DoctorReport) -> dict[str, Check]:
    return {check.name: check for check in report.checks}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> DoctorReport:
    return run_doctor(pack=write_pack(tmp_path_factory.mktemp("pack")))


def test_healthy_machine_is_ready(healthy: DoctorReport) -> None:
    assert healthy.ok
    assert "ready to convert" in healthy.table()


def test_device_really_used_is_named(healthy: DoctorReport) -> None:
    assert (
        "on cpu (asked for: auto)" in checks(healthy)["nets"].detail
        or "on cuda" in checks(healthy)["nets"].detail
    )


def test_versions_are_shown(healthy: DoctorReport) -> None:
    table = healthy.table()

    assert f"Python {this_machine().python}" in table
    assert "mediapipe " in table


def test_packages_of_the_live_path_are_known() -> None:
    assert {"mediapipe", "av", "numpy"} <= this_machine().versions.keys()
    assert set(this_machine().versions) <= {"reenact", *PACKAGES}


def test_damaged_pack_is_found(tmp_path: Path) -> None:
    root = write_pack(tmp_path)
    (root / "motion.onnx").write_bytes(b"")
    report = run_doctor(pack=root)

    assert not report.ok
    assert "motion.onnx is damaged" in checks(report)["pack"].detail
    assert checks(report)["face tracker"].ok


def test_damaged_landmarker_is_found(tmp_path: Path) -> None:
    (tmp_path / "face.task").write_bytes(b"none")
    report = run_doctor(pack=write_pack(tmp_path / "pack"), landmarker=tmp_path / "face.task")

    assert not report.ok
    assert not checks(report)["face tracker"].ok


def test_device_that_cannot_be_had_is_found(tmp_path: Path) -> None:
    report = run_doctor(pack=write_pack(tmp_path), device="tpu")

    assert not report.ok
    assert "unknown device 'tpu'" in checks(report)["nets"].detail


def test_json_says_the_verdict(healthy: DoctorReport) -> None:
    assert json.loads(healthy.to_json())["ok"] is True


def test_note_about_something_not_needed_does_not_stop_the_job() -> None:
    spare = Check("NVIDIA card", False, "not used", needed=False)
    report = DoctorReport(this_machine(), (Check("pack", True, "whole"), spare))

    assert report.ok
    assert "note  NVIDIA card" in report.table()
