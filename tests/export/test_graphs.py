"""Each graph of a photo-real pack says what it takes and computes what its net computes."""

from pathlib import Path

import numpy as np
import pytest

from engines.onnx_file import read_onnx, sha256_of
from engines.ort import OrtEngine
from export.graphs import graph_entry
from reenact.packs.interface import declare_graphs
from tests.support import narrow_graphs


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_file_computes_what_its_net_does(name: str, batch: int) -> None:
    arrays = narrow_graphs.inputs(name, batch)
    expected = narrow_graphs.through_torch(name, arrays).astype(np.float32)
    (got,) = OrtEngine(read_onnx(narrow_graphs.onnx_file(name)), device="cpu")(**arrays).values()
    assert expected.std() > 0.01
    tolerance = 1 if got.dtype == np.uint8 else 1e-3
    assert np.abs(got.astype(np.float32) - expected).max() <= tolerance


@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_file_has_the_declared_tensors(name: str) -> None:
    graph = narrow_graphs.declaration(name)
    engine = OrtEngine(read_onnx(narrow_graphs.onnx_file(name)), device="cpu")
    assert tuple(engine.inputs.values()) == graph.inputs
    assert tuple(engine.outputs.values()) == graph.outputs


def test_entry_says_what_a_pack_is_read_from(tmp_path: Path) -> None:
    path = tmp_path / "motion.onnx"
    path.write_bytes(b"a net")
    graph = declare_graphs(reads="expression", code=(14, 256), size=256)["motion"]
    assert graph_entry(graph, path) == {
        "file": "motion.onnx",
        "sha256": sha256_of(path),
        "precision": "fp32",
        "inputs": [{"name": "expression", "shape": [None, 13], "dtype": "float32"}],
        "outputs": [{"name": "motion", "shape": [None, 14, 256], "dtype": "float32"}],
    }


def test_an_encoder_that_looks_once_needs_no_picture() -> None:
    graphs = declare_graphs(reads="face", code=(18, 512), size=1024, refining=False)
    assert [spec.name for spec in graphs["identity"].inputs] == ["face"]
