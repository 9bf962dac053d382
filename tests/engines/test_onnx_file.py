"""engines/onnx_file.py: what passes is whole in itself, and every runtime reads it alike."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, numpy_helper

from engines.base import EngineError
from engines.onnx_file import OnnxFile, read_onnx, sha256_of
from engines.onnx_messages import ONNX
from engines.strict_protobuf import read_fields
from engines.wire_format import FOUR_BYTES, VARINT, read_packed
from reenact.packs.bundled import DEFAULT_PACK
from tests.support.fakes import write_synthesis
from tests.support.mutated_onnx import (
    TRICKS,
    field,
    has_external_data,
    mutations,
    rich_model,
    varint,
)

ELSEWHERE = r"net.onnx keeps weights in another file, which is refused"
UNREADABLE = r"net.onnx is no ONNX file that every runtime reads alike \(.*\); export it again"


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


def in_default_of_function() -> onnx.ModelProto:
    whole = model()
    whole.functions.add().attribute_proto.append(helper.make_attribute("weight", external()))
    return whole


def in_sparse(*, indices_too: bool = False) -> onnx.ModelProto:
    whole = model()
    inside = numpy_helper.from_array(np.arange(4), "indices")
    parts = (inside, external()) if indices_too else (external(), inside)
    whole.graph.sparse_initializer.append(helper.make_sparse_tensor(*parts, [8]))
    return whole


def in_training() -> onnx.ModelProto:
    whole = model()
    whole.training_info.add().algorithm.initializer.append(external())
    return whole


PLACES: dict[str, Callable[[], onnx.ModelProto]] = {
    "initializer": lambda: model(initial=[external()]),
    "constant": lambda: model(constant(external())),
    "list": lambda: model(helper.make_node("Some", [], ["y"], values=[external()])),
    "branch": in_branch,
    "function": in_function,
    "default of a function": in_default_of_function,
    "sparse": in_sparse,
    "indices of sparse": lambda: in_sparse(indices_too=True),
    "training": in_training,
}


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_reference_to_another_file_is_refused(make: Callable[[], onnx.ModelProto]) -> None:
    with pytest.raises(EngineError, match=ELSEWHERE):
        OnnxFile("net.onnx", make().SerializeToString())


@pytest.mark.parametrize("content", TRICKS.values(), ids=TRICKS)
def test_reference_in_disguise_is_refused(content: bytes) -> None:
    with pytest.raises(EngineError, match=f"{ELSEWHERE}|{UNREADABLE}"):
        OnnxFile("net.onnx", content)


def test_built_engine_in_a_node_is_refused() -> None:
    node = helper.make_node("EPContext", [], ["y"], domain="com.microsoft", ep_cache_context="x")

    with pytest.raises(EngineError, match=r"net.onnx holds a built engine, which is code"):
        OnnxFile("net.onnx", model(node).SerializeToString())


@pytest.mark.parametrize("path", [*DEFAULT_PACK.glob("*.onnx")], ids=lambda path: path.name)
def test_bundled_nets_pass(path: Path) -> None:
    assert read_onnx(path).content == path.read_bytes()


def test_net_with_every_kind_of_place_passes() -> None:
    OnnxFile("net.onnx", rich_model())


def test_weights_may_be_parts_of_the_graph_appended_one_by_one() -> None:
    part = onnx.ModelProto(graph=onnx.GraphProto(initializer=[numpy_helper.from_array(np.ones(3))]))

    OnnxFile("net.onnx", model().SerializeToString() + part.SerializeToString())


@pytest.mark.parametrize(
    "part", [field(7, field(2, b"other")), b"\x08\x09"], ids=["graph", "model"]
)
def test_appended_part_may_not_say_again_what_was_said(part: bytes) -> None:
    with pytest.raises(EngineError, match=r"has more than one (name|ir_version)"):
        OnnxFile("net.onnx", model().SerializeToString() + part)


def deep(levels: int) -> bytes:
    """Subgraphs in one another: a graph, its node, the node's attribute, that one's graph..."""
    graph = b""
    for _ in range(levels):
        graph = field(1, field(5, field(6, graph)))
    return field(7, graph)


NO_NETS = {
    "nothing": b"",
    "text": b"not a net",
    "ones": b"\xff" * 4096,
    "longer than the file": b"\x3a\xff\xff\xff\xff\x7f",
    "no graph": model().SerializeToString()[:2],
    "half": rich_model()[: len(rich_model()) // 2],
    "unknown field": rich_model() + field(99, b""),
    "field of number 0": rich_model() + b"\x02\x00",
    "text of no UTF-8": field(7, field(2, b"\xff")),
    "number of 11 bytes": b"\x08" + b"\x80" * 10 + b"\x01",
    "number of 65 bits": b"\x08" + b"\xff" * 9 + b"\x02",
    "int32 of 33 bits": field(7, field(5, b"\x10" + varint(1 << 32))),
    "attribute of no type": field(7, field(1, field(5, b"\xa0\x01\x1f"))),
    "padded list of numbers": field(7, field(5, field(7, b"\x01\x82\x00"))),
    "list of numbers without an end": field(7, field(5, field(7, b"\x01\x82"))),
    "int32 of 33 bits in a list": field(7, field(5, field(5, varint(1 << 32)))),
    "half a float": field(7, field(5, field(4, b"\x00\x00"))),
    "two of a kind": field(7, field(11, field(2, field(1, b"") + field(4, b"")))),
    "too deep": deep(21),
    "too many fields": field(7, b"\x0a\x00" * 250_000),
    "too long a list": field(7, field(5, field(7, b"\x01" * ((4 << 20) + 1)))),
}


@pytest.mark.parametrize("content", NO_NETS.values(), ids=NO_NETS)
def test_what_cannot_be_read_in_one_way_only_is_refused(content: bytes) -> None:
    with pytest.raises(EngineError, match=UNREADABLE):
        OnnxFile("net.onnx", content)


@pytest.mark.parametrize(
    "content", [deep(20), field(7, field(5, field(7, b"\x01" * (4 << 20))))], ids=["deep", "long"]
)
def test_bounds_themselves_pass(content: bytes) -> None:
    OnnxFile("net.onnx", content)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no net at .*gone.onnx \(No such file"):
        read_onnx(tmp_path / "gone.onnx")


def test_hash_is_the_files(tmp_path: Path) -> None:
    path = write_synthesis(tmp_path / "synthesis.onnx")

    assert read_onnx(path).sha256 == sha256_of(path)


def test_messages_are_those_of_the_onnx_package() -> None:
    """A field that a newer version adds fails here, and needs a decision whether it is safe."""
    ours = {
        (message, number, part.name, part.label == "repeated", part.label == "oneof", part.kind)
        for message, fields in ONNX.items()
        for number, part in fields.items()
    }

    assert ours == set(_declared(onnx.ModelProto.DESCRIPTOR.file.message_types_by_name.values()))


def _declared(messages: Any) -> Any:
    for message in messages:
        yield from _declared(message.nested_types)
        for part in message.fields:
            kind = part.message_type or part.enum_type
            yield (
                message.full_name.removeprefix("onnx."),
                part.number,
                part.name,
                part.is_repeated,
                part.containing_oneof is not None,
                kind.full_name.removeprefix("onnx.") if kind else _SCALARS[part.type],
            )


_SCALARS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 9: "string", 12: "bytes"}
"""Our names of the types that protobuf numbers."""


@pytest.mark.parametrize("seed", range(4))
def test_what_passes_is_read_as_the_onnx_package_reads_it(seed: int) -> None:
    """Whatever a reader dropped, cut or merged is missing when it writes the file again."""
    passed = sum(map(compare_readings, mutations(rich_model(), 125, seed)))

    assert passed > 10


def compare_readings(content: bytes) -> bool:
    """Whether `content` passes; then the `onnx` package reads the same fields in it."""
    try:
        OnnxFile("net.onnx", content)
    except EngineError:
        return False
    theirs = onnx.load_model_from_string(content)
    assert not has_external_data(theirs)
    assert fields_of(content) == fields_of(theirs.SerializeToString())
    return True


def fields_of(content: bytes) -> Counter[tuple[str, str, Any]]:
    """How often each value stands in a file, by its message and field."""
    values: Counter[tuple[str, str, Any]] = Counter()
    for message, part, value in read_fields(content, ONNX, "ModelProto"):
        if part.kind in ONNX:
            values[message, part.name, None] += part.label != "merged"
        elif isinstance(value, memoryview) and part.is_number:
            values.update((message, part.name, number) for number in numbers_of(value, part.wire))
        else:
            found = bytes(value) if isinstance(value, memoryview) else value
            values[message, part.name, found] += 1
    return values


def numbers_of(value: memoryview, wire: int) -> list[int]:
    """The numbers of a list, which may as well stand in a field each."""
    if wire == VARINT:
        return [int(number) for number in read_packed(value)]
    return [int(bits) for bits in np.frombuffer(value, "<u4" if wire == FOUR_BYTES else "<u8")]


def test_the_comparison_notices_what_only_a_lenient_reading_lets_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(OnnxFile, "__post_init__", lambda self: None)
    noticed = 0
    for content in mutations(rich_model(), 125, 0):
        try:
            compare_readings(content)
        except (AssertionError, ValueError, DecodeError):
            noticed += 1

    assert noticed > 10
