"""engines/onnx_file.py: finds every way in which an ONNX file can name another."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engines.base import EngineError
from engines.onnx_file import check_onnx, sha256_of
from tests.support.fakes import write_synthesis


def external() -> TensorProto:
    tensor = numpy_helper.from_array(np.ones(4, np.float32), "weight")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")
    return tensor


def model(*nodes: onnx.NodeProto, initial: list[TensorProto] | None = None) -> onnx.ModelProto:
    info = helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])
    return helper.make_model(helper.make_graph(list(nodes), "net", [], [info], initial or []))


def constant(tensor: TensorProto) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["y"], value=tensor)


def in_branch() -> onnx.ModelProto:
    branch = model(constant(external())).graph
    return model(helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch))


def in_function() -> onnx.ModelProto:
    opset = [helper.make_opsetid("", 17)]
    whole = model()
    whole.functions.append(
        helper.make_function("ours", "f", [], ["y"], [constant(external())], opset)
    )
    return whole


def in_sparse() -> onnx.ModelProto:
    whole = model()
    indices = numpy_helper.from_array(np.arange(4), "indices")
    whole.graph.sparse_initializer.append(helper.make_sparse_tensor(external(), indices, [8]))
    return whole


PLACES: dict[str, Callable[[], onnx.ModelProto]] = {
    "initializer": lambda: model(initial=[external()]),
    "constant": lambda: model(constant(external())),
    "branch": in_branch,
    "function": in_function,
    "sparse": in_sparse,
}


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_reference_to_another_file_is_refused(
    tmp_path: Path, make: Callable[[], onnx.ModelProto]
) -> None:
    (tmp_path / "net.onnx").write_bytes(make().SerializeToString())

    with pytest.raises(EngineError, match=r"net.onnx keeps weights in another file"):
        check_onnx(tmp_path / "net.onnx")


def test_net_in_one_file_passes(tmp_path: Path) -> None:
    check_onnx(write_synthesis(tmp_path / "synthesis.onnx"))


@pytest.mark.parametrize(
    "content", [b"", b"not a net", b"\xff" * 4096, b"\x3a\xff\xff\xff\xff\x7f"], ids=range(4)
)
def test_what_is_no_net_is_left_to_the_runtime(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.onnx").write_bytes(content)

    check_onnx(tmp_path / "net.onnx")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no net at .*gone.onnx"):
        check_onnx(tmp_path / "gone.onnx")


def test_hash_is_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    assert sha256_of(tmp_path / "a").startswith("ba7816bf8f01cfea")
