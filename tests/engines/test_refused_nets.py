"""Every engine refuses what engines/onnx_file.py refuses, and runs only the bytes that passed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from engines import DEVICES, open_engine
from engines.base import Engine, EngineError
from engines.onnx_file import read_onnx
from engines.openvino_cpu import OpenvinoEngine
from engines.ort import OrtEngine
from engines.pytorch import PytorchEngine
from engines.trt_open import open_swapping, open_tensorrt
from reenact.packs.bundled import DEFAULT_PACK
from tests.support.fakes import write_motion
from tests.support.mutated_onnx import TRICKS, field
from tests.support.trt_parts import expression, fake_host


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
@pytest.mark.parametrize("device", DEVICES)
def test_no_device_opens_a_net_that_names_other_files(
    tmp_path: Path, device: str, trick: bytes
) -> None:
    (tmp_path / "net.onnx").write_bytes(trick)
    (tmp_path / "secret").write_bytes(bytes(16))

    with pytest.raises(EngineError, match=r"net.onnx (keeps weights in another|is no ONNX file)"):
        open_engine(tmp_path / "net.onnx", device)


OPENERS: dict[str, Callable[[Path, Path], Engine]] = {
    "OpenVINO": lambda path, _: OpenvinoEngine(read_onnx(path)),
    "ONNX Runtime": lambda path, _: OrtEngine(read_onnx(path), device="cpu"),
    "PyTorch": lambda path, _: PytorchEngine(read_onnx(path), device="cpu"),
    "TensorRT": lambda path, folder: open_tensorrt(fake_host(folder)[0], read_onnx(path), "fp32"),
}


@pytest.mark.parametrize("open_net", OPENERS.values(), ids=OPENERS)
def test_a_name_that_looks_like_another_format_is_only_a_name(
    tmp_path: Path, open_net: Callable[[Path, Path], Engine]
) -> None:
    """OpenVINO would look for its own XML, ONNX Runtime for the mark of its own format."""
    net = onnx.load(write_motion(tmp_path / "motion.onnx"))
    net.producer_name, net.ir_version = "", 8
    xml = b'<net name="m" version="11"><layers></layers><edges></edges></net>'
    for name in (b"\0\0ORTM\0\0\0\0", xml):
        path = tmp_path / "disguised.onnx"
        path.write_bytes(field(2, name) + net.SerializeToString().replace(b"\x12\x00", b"", 1))
        engine = open_net(path, tmp_path / "cache")

        assert engine(expression=expression(1))["motion"].shape == (1, 4, 8)
        engine.close()


@pytest.mark.parametrize("open_net", OPENERS.values(), ids=OPENERS)
def test_the_file_is_not_opened_again_after_the_check(
    tmp_path: Path, open_net: Callable[[Path, Path], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_motion(tmp_path / "motion.onnx")
    expected = OrtEngine(read_onnx(path), device="cpu")(expression=expression(1))["motion"]
    checked = read_onnx(path)
    path.unlink()
    monkeypatch.setattr(f"{__name__}.read_onnx", lambda _: checked)
    engine = open_net(path, tmp_path / "cache")

    assert np.allclose(engine(expression=expression(1))["motion"], expected, atol=1e-5)
    engine.close()


def test_tensorrt_builds_the_bytes_that_passed(tmp_path: Path) -> None:
    host, trt = fake_host(tmp_path / "cache")
    path = write_motion(tmp_path / "motion.onnx")
    net = read_onnx(path)
    path.write_bytes(TRICKS["plain"])
    engine = open_swapping(host, net, "fp32", OrtEngine(net, device="cpu"))
    engine(expression=expression(1))
    while engine.wait(0.05).stage not in ("swapped", "failed"):
        engine(expression=expression(1))

    assert (engine.device, len(trt.builds)) == ("tensorrt", 1)
    engine.close()


@pytest.mark.parametrize("device", ["openvino", "cpu"])
def test_engine_needs_neither_the_file_nor_its_bytes_any_more(device: str) -> None:
    w = np.random.default_rng(5).normal(size=(1, 14, 256)).astype(np.float32)
    engine = open_engine(DEFAULT_PACK / "synthesis.onnx", device)
    first = engine(w=w)["picture"].copy()
    filler = [np.full(6_000_000, 7, np.uint8) for _ in range(8)]  # over what may have been freed

    assert np.array_equal(engine(w=w)["picture"], first)
    assert len(filler) == 8
