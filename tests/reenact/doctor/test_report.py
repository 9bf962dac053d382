"""reenact/doctor/report.py: says what is wrong with this machine, and never falls over it."""

import json
import re
from pathlib import Path

import pytest

from engines import DEVICES
from reenact.doctor.checks import Check
from reenact.doctor.report import DoctorReport, run_doctor
from reenact.machine import PACKAGES, describe_machine
from tests.support.fakes import write_pack
from tests.support.programs import put_on_path


def checks(report: DoctorReport) -> dict[str, Check]:
    return {check.name: check for check in report.checks}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> DoctorReport:
    return run_doctor(pack=write_pack(tmp_path_factory.mktemp("pack")))


def test_healthy_machine_is_ready(healthy: DoctorReport) -> None:
    assert healthy.ok
    assert "ready to convert" in healthy.table()


def test_device_really_used_is_named(healthy: DoctorReport) -> None:
    where = "|".join({*DEVICES} - {"auto"})

    assert re.search(rf"on ({where}) \(asked for: auto\)", checks(healthy)["nets"].detail)


def test_versions_are_shown(healthy: DoctorReport) -> None:
    table = healthy.table()

    assert f"Python {describe_machine().python}" in table
    assert "openvino " in table or "onnxruntime " in table


def test_packages_of_the_live_path_are_known() -> None:
    assert {"onnxruntime", "av", "numpy"} <= describe_machine().versions.keys()
    assert set(describe_machine().versions) <= {"reenact", *PACKAGES}


def test_damaged_pack_is_found(tmp_path: Path) -> None:
    root = write_pack(tmp_path)
    (root / "motion.onnx").write_bytes(b"")
    report = run_doctor(pack=root)

    assert not report.ok
    assert "motion.onnx is damaged" in checks(report)["pack"].detail
    assert checks(report)["face tracker"].ok


def test_damaged_landmarker_is_found(tmp_path: Path) -> None:
    (tmp_path / "face.onnx").write_bytes(b"none")
    report = run_doctor(pack=write_pack(tmp_path / "pack"), landmarker=tmp_path / "face.onnx")

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
    report = DoctorReport(describe_machine(), (Check("pack", True, "whole"), spare))

    assert report.ok
    assert "note  NVIDIA card" in report.table()


def test_every_installed_pack_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path))
    write_pack(tmp_path / "whole")
    (write_pack(tmp_path / "damaged") / "motion.onnx").write_bytes(b"")
    report = run_doctor(pack="whole")

    assert report.ok
    assert checks(report)["pack whole"].ok
    assert "motion.onnx is damaged" in checks(report)["pack damaged"].detail


def test_what_auto_takes_is_told_whatever_was_asked_for(healthy: DoctorReport) -> None:
    assert checks(healthy)["device"].detail.startswith("auto takes ")
    assert not checks(healthy)["device"].needed


def test_broken_driver_does_not_stop_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path("echo 'Driver/library version mismatch'; exit 9", tmp_path, monkeypatch)
    report = run_doctor(pack=write_pack(tmp_path / "pack"))

    assert report.ok
    found = checks(report)
    assert "Driver/library version mismatch" in found["NVIDIA card"].detail
    assert {"CUDA", "TensorRT", "engines kept"} <= found.keys()
    assert "mismatch" in report.table()
