"""Each graph of a photo-real pack says what it takes and computes what its net computes."""

import numpy as np
import pytest

from engines.base import TensorSpec
from engines.ort import OrtEngine
from export.graphs import declare_graphs
from tests.support import narrow_graphs


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_file_computes_what_its_net_does(name: str, batch: int) -> None:
    arrays = narrow_graphs.inputs(name, batch)
    expected = narrow_graphs.through_torch(name, arrays).astype(np.float32)
    (got,) = OrtEngine(narrow_graphs.onnx_file(name), device="cpu")(**arrays).values()
    assert expected.std() > 0.01
    tolerance = 1 if got.dtype == np.uint8 else 1e-3
    assert np.abs(got.astype(np.float32) - expected).max() <= tolerance


@pytest.mark.parametrize("name", narrow_graphs.MODULES)
def test_file_has_the_declared_ports(name: str) -> None:
    graph = narrow_graphs.declaration(name)
    engine = OrtEngine(narrow_graphs.onnx_file(name), device="cpu")
    for ports, specs in ((graph.inputs, engine.inputs), (graph.outputs, engine.outputs)):
        wanted = [TensorSpec(port.name, (None, *port.shape), port.dtype) for port in ports]
        assert list(specs.values()) == wanted


def test_motion_of_an_expression_pack_reads_coefficients() -> None:
    graph = declare_graphs(rows=14, width=256, size=256, reads="expression")["motion"]
    assert [port.spec() for port in graph.inputs] == [
        {"name": "expression", "shape": [None, 13], "dtype": "float32"}
    ]


def test_an_encoder_that_looks_once_needs_no_picture() -> None:
    graph = declare_graphs(rows=18, width=512, size=1024, refining=False)["identity"]
    assert [port.name for port in graph.inputs] == ["face"]
