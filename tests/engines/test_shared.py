"""engines/shared.py: one loaded net for many streams, each with an engine of its own."""

import platform
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from engines import open_shared
from engines.base import ClosedEngineError, EngineError
from engines.openvino_cpu import OpenvinoEngine
from tests.support.fakes import write_motion

GIVEN = np.linspace(-1, 1, 13, dtype=np.float32)[None]


@pytest.fixture(params=["x86_64", "aarch64"], ids=["OpenVINO", "ONNX Runtime"])
def net(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "x86_64":
        pytest.importorskip("openvino", reason="openvino comes for x86 processors")
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    monkeypatch.setattr("engines.shared._loaded", {})
    return write_motion(tmp_path / "motion.onnx")


def test_closing_one_leaves_the_others(net: Path) -> None:
    first, second = open_shared(net), open_shared(net)
    expected = first(expression=GIVEN)["motion"]
    first.close()

    np.testing.assert_array_equal(second(expression=GIVEN)["motion"], expected)
    with pytest.raises(ClosedEngineError):
        first(expression=GIVEN)


def test_engines_answer_beside_each_other(net: Path) -> None:
    """Each thread gives another input, so that an answer in the wrong place is seen."""
    wrong: list[float] = []

    def call(engine: Any, factor: float) -> None:
        expected = engine(expression=GIVEN * np.float32(factor))["motion"]
        for _ in range(50):
            got = engine(expression=GIVEN * np.float32(factor))["motion"]
            if not np.array_equal(got, expected):
                wrong.append(factor)

    threads = [Thread(target=call, args=(open_shared(net), factor)) for factor in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_net_is_compiled_once(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[object] = []
    compile_net = OpenvinoEngine._compile

    def count(engine: OpenvinoEngine, shapes: Any) -> Any:
        compiled.append(shapes)
        return compile_net(engine, shapes)

    monkeypatch.setattr(OpenvinoEngine, "_compile", count)
    engines = [open_shared(net) for _ in range(3)]
    for engine in engines:
        engine(expression=GIVEN)

    assert len(compiled) == (1 if engines[0].device == "openvino" else 0)


def test_file_that_is_no_net_is_refused(net: Path) -> None:
    net.write_bytes(b"no net")

    with pytest.raises(EngineError, match=r"motion\.onnx is no ONNX file that every"):
        open_shared(net)
