"""A module becomes one checked file that computes what the module computes."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from engines.onnx_file import read_onnx
from engines.ort import OrtEngine
from export.to_onnx import to_onnx


class _Joined(nn.Module):
    """Two inputs of which one has no use for the large weight."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(64, 32)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        turned: Tensor = self.linear(left)
        return turned + right


_EXAMPLE = (torch.zeros(2, 64), torch.zeros(2, 32))


def _export(net: nn.Module, path: Path, *, halved: bool) -> Path:
    to_onnx(net, _EXAMPLE, path, inputs=["left", "right"], outputs=["sum"], halved=halved)
    return path


@pytest.mark.parametrize(("halved", "tolerance"), [(False, 1e-5), (True, 2e-3)])
@pytest.mark.parametrize("batch", [1, 3])
def test_file_computes_what_the_module_does(
    batch: int, halved: bool, tolerance: float, tmp_path: Path
) -> None:
    net = _Joined()
    engine = OrtEngine(read_onnx(_export(net, tmp_path / "net.onnx", halved=halved)), device="cpu")
    left, right = torch.randn(batch, 64), torch.randn(batch, 32)
    (got,) = engine(left=left.numpy(), right=right.numpy()).values()
    with torch.no_grad():
        np.testing.assert_allclose(got, net(left, right).numpy(), atol=tolerance)


def test_weights_are_stored_exactly_unless_halved(tmp_path: Path) -> None:
    net = _Joined()
    exact = onnx.load(_export(net, tmp_path / "exact.onnx", halved=False))
    halves = onnx.load(_export(net, tmp_path / "halves.onnx", halved=True))
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in exact.graph.initializer}
    np.testing.assert_array_equal(stored["linear.weight"], net.linear.weight.detach().numpy())
    kinds = {tensor.name: tensor.data_type for tensor in halves.graph.initializer}
    assert kinds["linear.weight.half"] == onnx.TensorProto.FLOAT16
    assert kinds["linear.bias"] == onnx.TensorProto.FLOAT


def test_weights_beyond_half_precision_are_not_halved(tmp_path: Path) -> None:
    net = _Joined()
    with torch.no_grad():
        net.linear.weight[0, 0] = 1e5
    model = onnx.load(_export(net, tmp_path / "net.onnx", halved=True))
    assert "linear.weight" in {tensor.name for tensor in model.graph.initializer}


def test_file_stands_alone_and_passes_the_checker(tmp_path: Path) -> None:
    path = _export(_Joined(), tmp_path / "net.onnx", halved=True)
    onnx.checker.check_model(path, full_check=True)
    assert list(tmp_path.iterdir()) == [path]


def test_batch_axis_is_free_and_named(tmp_path: Path) -> None:
    graph = onnx.load(_export(_Joined(), tmp_path / "net.onnx", halved=False)).graph
    for port in (*graph.input, *graph.output):
        assert port.type.tensor_type.shape.dim[0].dim_param == "batch"


def test_net_too_large_for_one_file_is_refused(tmp_path: Path) -> None:
    class _Huge(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("table", torch.zeros(1).expand(2**29 + 1))

        def forward(self, left: Tensor, right: Tensor) -> Tensor:
            table = self.get_buffer("table")
            return left[:, :32] + right + table[:32]

    with pytest.raises(ValueError, match="2 GB"):
        _export(_Huge(), tmp_path / "net.onnx", halved=False)
    assert list(tmp_path.iterdir()) == []
