"""engines/openvino_cpu.py: the answers of ONNX Runtime, faster, and no reports to its maker."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from engines import open_engine, openvino_cpu
from engines.base import EngineError
from tests.support.fakes import ROWS, WIDTH, write_motion, write_net, write_synthesis

pytest.importorskip("openvino", reason="openvino comes for x86 processors")

ROOT = Path(__file__).parents[2]
PACK = ROOT / "reenact" / "packs_data" / "avatar-256"
FEW_SEEN = 0.001  # share of the pixels that differ by a level


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    return write_motion(tmp_path / "motion.onnx")


def test_it_names_its_tensors_and_itself(motion: Path) -> None:
    engine = open_engine(motion, "openvino")

    assert engine.device == "openvino"
    assert engine.inputs["expression"].shape == (None, 13)
    assert engine.outputs["motion"].dtype == "float32"


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_the_pack_looks_as_on_the_reference(scale: float) -> None:
    w = np.random.default_rng(5).normal(size=(1, 14, 256)).astype(np.float32) * np.float32(scale)
    pictures = [
        open_engine(PACK / "synthesis.onnx", device)(w=w)["picture"].astype(int)
        for device in ("cpu", "openvino")
    ]

    assert abs(pictures[0] - pictures[1]).max() <= 1
    assert (pictures[0] != pictures[1]).mean() < FEW_SEEN


def test_a_free_axis_takes_any_size_in_any_order(motion: Path) -> None:
    engine, reference = open_engine(motion, "openvino"), open_engine(motion, "cpu")

    for batch in (1, 3, 2, 5, 1, 3):
        given = np.random.default_rng(batch).normal(size=(batch, 13)).astype(np.float32)
        got = engine(expression=given)["motion"]
        assert got.shape == (batch, ROWS, WIDTH)
        assert np.allclose(got, reference(expression=given)["motion"], atol=1e-5)


def test_results_belong_to_the_caller(motion: Path) -> None:
    engine = open_engine(motion, "openvino")
    first = engine(expression=np.zeros((1, 13), np.float32))["motion"]
    kept = first.copy()
    engine(expression=np.ones((1, 13), np.float32))

    assert np.array_equal(first, kept)


def test_inputs_that_do_not_fit_are_refused(motion: Path) -> None:
    engine = open_engine(motion, "openvino")

    with pytest.raises(EngineError, match="expression must be float32"):
        engine(expression=np.zeros((1, 12), np.float32))


def test_a_closed_engine_says_so(motion: Path) -> None:
    engine = open_engine(motion, "openvino")
    engine.close()
    engine.close()

    with pytest.raises(EngineError, match="closed; open a new one"):
        engine(expression=np.zeros((1, 13), np.float32))


@pytest.mark.parametrize("content", [b"", b"no net", b"\x08\x0a" + b"\xff" * 64])
def test_a_file_that_is_no_net_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)

    with pytest.raises(EngineError, match=r"bad\.onnx is no ONNX file that every") as caught:
        open_engine(path, "openvino")
    assert "\n" not in str(caught.value)


def test_auto_takes_it_on_an_x86_processor_alone(motion: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert open_engine(motion).device in ("openvino", "cuda")

    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert open_engine(motion).device in ("cpu", "cuda")


def test_auto_goes_on_without_it_and_says_why(motion: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(openvino_cpu, "_core", openvino_cpu._core.__wrapped__)
    engine = open_engine(motion)

    if engine.device == "cuda":
        pytest.skip("a card is better than both")
    assert engine.device == "cpu"
    assert "pip install openvino" in engine.reason


def test_signals_do_no_harm_after_an_engine_ended_on_another_thread(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, threading; from pathlib import Path; import numpy as np\n"
        "from engines import open_engine\n"
        f"path = Path({str(write_motion(tmp_path / 'net.onnx'))!r})\n"
        "engines = [open_engine(path, 'openvino')]\n"
        "engines[0](expression=np.zeros((1, 13), np.float32))\n"
        "ending = threading.Thread(target=engines.clear); ending.start(); ending.join()\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(7))\n"
        "blocks = [bytes(n) for n in range(1, 20_000, 3)]\n"
        "os.kill(os.getpid(), signal.SIGINT); threading.Event().wait(5)\n"
    )
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", script], cwd=ROOT)

    assert done.returncode == 7


def test_it_loads_nothing_that_sends_home(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from engines import open_engine\n"
        f"open_engine(Path({str(write_synthesis(tmp_path / 'net.onnx'))!r}), 'openvino')\n"
        "assert 'openvino' in sys.modules\n"
        "assert not [m for m in sys.modules if m.startswith('openvino_telemetry.')]\n"
        "assert sys.modules['openvino_telemetry'] is None\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_operation_that_it_does_not_know_is_one_sentence(tmp_path: Path) -> None:
    ports = {name: (TensorProto.FLOAT, [1]) for name in "ab"}
    node = helper.make_node("Strange", ["a"], ["b"])
    path = write_net(tmp_path / "strange.onnx", [node], {"a": ports["a"]}, {"b": ports["b"]})

    with pytest.raises(EngineError, match=r"strange\.onnx does not load in .*: Strange") as caught:
        open_engine(path, "openvino")(a=np.zeros(1, np.float32))
    assert "\n" not in str(caught.value)
