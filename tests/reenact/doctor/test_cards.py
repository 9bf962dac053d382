"""reenact/doctor/cards.py: what stands between a card and the nets, with the command to fix it."""

import importlib.util
from pathlib import Path

import onnxruntime
import pytest

from engines.sealed_folder import SealedFolder
from reenact.doctor.cards import (
    check_cards,
    check_cuda,
    check_device,
    check_kept_engines,
    check_runtime,
    check_tensorrt,
    refuse_two_runtimes,
)
from reenact.doctor.checks import CheckFailed, run_check
from reenact.graphics_cards import has_nvidia_hardware
from tests.support.fakes import write_pack
from tests.support.programs import put_on_path

WITHOUT_CUDA = "CUDAExecutionProvider" not in onnxruntime.get_available_providers()
H200 = "echo 'NVIDIA H200, 570.86, 143771, 9.0'"


@pytest.mark.skipif(has_nvidia_hardware(), reason="there is a card here")
def test_machine_without_a_card_has_nothing_to_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert check_cards() == "none"
    assert "no NVIDIA card" in check_device(write_pack(tmp_path / "pack"))


def test_cards_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(H200, tmp_path, monkeypatch)

    assert check_cards() == "NVIDIA H200, 140 GB, compute 9.0, driver 570.86"


def test_driver_without_a_card_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path("exit 0", tmp_path, monkeypatch)

    with pytest.raises(CheckFailed, match="sees no card"):
        check_cards()


@pytest.mark.skipif(not WITHOUT_CUDA, reason="this ONNX Runtime could use a card")
@pytest.mark.parametrize("look", [check_device, check_cuda], ids=lambda look: look.__name__)
def test_card_that_is_not_used_comes_with_the_command_that_fixes_it(
    look: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(H200, tmp_path, monkeypatch)
    check = run_check("card", lambda: look(write_pack(tmp_path / "pack")))  # type: ignore[operator]

    assert not check.ok
    assert (
        "pip install 'reenact[gpu]' && pip uninstall -y onnxruntime onnxruntime-gpu && "
        "pip install --no-deps onnxruntime-gpu"
    ) in check.detail


def test_providers_of_the_runtime_are_named() -> None:
    detail = check_runtime({"onnxruntime": onnxruntime.__version__})

    assert detail.startswith(onnxruntime.__version__)
    assert "CPU" in detail


@pytest.mark.parametrize("other", ["onnxruntime-gpu", "onnxruntime-directml"])
def test_two_runtimes_at_once_are_found(other: str) -> None:
    refuse_two_runtimes(["numpy", "onnxruntime"])

    with pytest.raises(CheckFailed) as found:
        refuse_two_runtimes(["onnxruntime", other, "numpy"])
    fix = f"pip uninstall -y onnxruntime {other} && pip install --no-deps {other}"
    assert fix in str(found.value)


@pytest.mark.skipif(importlib.util.find_spec("tensorrt") is not None, reason="TensorRT is here")
def test_missing_tensorrt_comes_with_the_command_that_installs_it(tmp_path: Path) -> None:
    check = run_check("TensorRT", lambda: check_tensorrt(write_pack(tmp_path)))

    assert not check.ok
    assert "pip install 'reenact[tensorrt]'" in check.detail


def test_kept_engines_are_told_apart_by_their_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(H200, tmp_path, monkeypatch)
    folder = SealedFolder(tmp_path / "engines")
    for number, (gpu, capability) in enumerate([("NVIDIA H200", "9.0"), ("NVIDIA A10", "8.6")]):
        facts = {"gpu": gpu, "capability": capability, "tensorrt": "11.4"}
        folder.write(f"{number}.plan", facts, b"plan")
    detail = check_kept_engines(folder.path)

    assert detail == f"1 in {folder.path} for this card, 1 for NVIDIA A10 with TensorRT 11.4"


def test_damaged_engine_is_found(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path / "engines")
    (folder.path / "0.plan").write_bytes(b"other")
    (folder.path / "0.plan").chmod(0o600)

    assert "0.plan is damaged" in run_check("x", lambda: check_kept_engines(folder.path)).detail


def test_machine_that_never_built_an_engine_has_none(tmp_path: Path) -> None:
    assert check_kept_engines(tmp_path / "engines") == "none yet"
    assert not (tmp_path / "engines").exists()
