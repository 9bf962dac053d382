"""export/landmarker.py: MediaPipe's nets in ONNX, and what is refused in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from mediapipe.tasks.metadata import schema_py_generated as schema

from export.landmarker import convert_bundle, translate_detector, translate_landmark_net
from export.refined_points import REFINED, order_points
from export.tflite_file import TfliteError
from reenact.errors import CheckpointError
from reenact.face.face_nets import FaceNets
from reenact.packs.bundled import FACE_LANDMARKS
from tests.support.faces import picture
from tests.support.mediapipe_bundle import (
    DETECTOR_FILE,
    LANDMARKS,
    MESH_FILE,
    joined_mesh,
    read_net,
    write_net,
    zip_nets,
)

FACE = np.array([320.0, 240.0, 0.0, 400.0])
"""A square of the recorded picture that holds the face."""


def run(model: bytes, side: int) -> list[Any]:
    noise = np.random.default_rng(1).integers(0, 256, (1, side, side, 3), np.uint8)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return list(session.run(None, {"picture": noise}))


def changed(data: bytes, change: Callable[[Any], None]) -> bytes:
    net = read_net(data)
    change(net)
    return write_net(net)


def test_net_with_joined_outputs_answers_as_the_one_with_seven() -> None:
    joined = run(translate_landmark_net(joined_mesh()).SerializeToString(), 192)

    for one, other in zip(joined, run(FACE_LANDMARKS.read_bytes(), 192), strict=True):
        np.testing.assert_array_equal(one, other)


def test_further_outputs_do_no_harm() -> None:
    """MediaPipe's official net has a third, of which its face landmarker reads nothing."""

    def append(net: Any) -> None:
        graph = net.subgraphs[0]
        graph.outputs = np.array([*graph.outputs, graph.outputs[1]], np.int32)

    model = translate_landmark_net(changed(joined_mesh(), append))

    assert [output.name for output in model.graph.output] == ["landmarks", "presence"]


def test_activation_that_ends_another_operator_is_kept() -> None:
    def fuse(net: Any) -> None:
        graph = net.subgraphs[0]
        kind = schema.BuiltinOptions.AddOptions
        add = next(step for step in graph.operators if step.builtinOptionsType == kind)
        relu = next(step for step in graph.operators if step.inputs[0] == add.outputs[0])
        add.builtinOptions.fusedActivationFunction = schema.ActivationFunctionType.RELU
        add.outputs = relu.outputs
        graph.operators.remove(relu)

    whole = DETECTOR_FILE.read_bytes()
    fused = run(translate_detector(changed(whole, fuse)).SerializeToString(), 128)

    plain = run(translate_detector(whole).SerializeToString(), 128)
    for one, other in zip(fused, plain, strict=True):
        np.testing.assert_array_equal(one, other)


def test_pictures_are_turned_at_the_two_ends_alone() -> None:
    model = translate_detector(DETECTOR_FILE.read_bytes())
    turned = [node for node in model.graph.node if node.op_type == "Transpose"]

    assert len(turned) == 5  # the picture, and boxes and scores of two sizes


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "builtinCode",
            schema.BuiltinOperator.HARD_SWISH,
            "operator HARD_SWISH has no translation",
        ),
        ("customCode", b"Polish", "operator Polish has no translation"),
        ("version", 1, "operator Landmarks2TransformMatrix must be of version 2, got version 1"),
    ],
    ids=["built-in", "custom", "version"],
)
def test_operator_that_is_not_known_is_named(field: str, value: Any, message: str) -> None:
    def change(net: Any) -> None:
        is_custom = field != "builtinCode"
        code = next(code for code in net.operatorCodes if bool(code.customCode) == is_custom)
        setattr(code, field, value)
        if not is_custom:  # the file holds this number twice
            code.deprecatedBuiltinCode = value

    with pytest.raises(TfliteError, match=message):
        translate_landmark_net(changed(MESH_FILE.read_bytes(), change))


def test_other_nets_are_refused() -> None:
    with pytest.raises(TfliteError, match="in place of 1434 for points and 1"):
        translate_landmark_net(DETECTOR_FILE.read_bytes())
    with pytest.raises(TfliteError, match=r"in place of \(1, 896, 16\) and \(1, 896, 1\)"):
        translate_detector(MESH_FILE.read_bytes())
    with pytest.raises(TfliteError, match="no TFLite file"):
        translate_detector(b"")


def test_damaged_net_is_translated_or_refused_and_nothing_else() -> None:
    whole = DETECTOR_FILE.read_bytes()
    random, refused = np.random.default_rng(3), 0
    tables = np.array([*range(8, 200), *range(len(whole) - 40_000, len(whole))])
    for _ in range(60):
        damaged = np.frombuffer(whole, np.uint8).copy()
        damaged[random.choice(tables, 20)] = random.integers(0, 256, 20)
        try:
            translate_detector(damaged.tobytes()[: int(random.integers(1, len(whole) + 1)) or None])
        except TfliteError:
            refused += 1

    assert refused > 30


def test_bundle_becomes_a_net_that_follows_a_face(tmp_path: Path) -> None:
    bundle, target = tmp_path / "face_landmarker.task", tmp_path / "landmarker.onnx"
    bundle.write_bytes(zip_nets({LANDMARKS: joined_mesh()}))
    convert_bundle(bundle, target)

    own, other = FaceNets(), FaceNets(target)
    expected, got = (nets.follow(picture(), FACE) for nets in (own, other))
    assert expected is not None
    assert got is not None
    assert np.abs(got - expected).max() < 1e-3  # of a pixel; it is not the same file


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"face\.task must be a \.task bundle with .* \(No such file"),
        (b"no zip", r"face\.task must be a \.task bundle with face_landmarks_detector\.tflite"),
        (zip_nets({"other": b""}), "There is no item named"),
        (zip_nets({LANDMARKS: b"...."}), "but it is no TFLite file: use the bundled net"),
    ],
    ids=["missing", "no zip", "no net", "no TFLite"],
)
def test_unusable_bundle_is_one_sentence(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    bundle, target = tmp_path / "face.task", tmp_path / "net.onnx"
    if content is not None:
        bundle.write_bytes(content)

    with pytest.raises(CheckpointError, match=message) as caught:
        convert_bundle(bundle, target)
    assert "\n" not in str(caught.value)
    assert [path for path in tmp_path.iterdir() if path != bundle] == []


def test_every_coordinate_is_taken_from_one_place() -> None:
    places = order_points().reshape(478, 3)

    flat = places[:, :2]
    assert len(np.unique(flat)) == flat.size
    lips, left_eye = ([int(i) for i in points.split()] for _, points in REFINED[:2])
    np.testing.assert_array_equal(places[lips, 0], 1404 + 2 * np.arange(80))
    np.testing.assert_array_equal(places[left_eye, 1], 1404 + 160 + 1 + 2 * np.arange(71))


def test_depth_is_the_meshs_own_and_that_of_a_lid_for_irises() -> None:
    depth = order_points().reshape(478, 3)[:, 2]

    np.testing.assert_array_equal(depth[:468], 3 * np.arange(468) + 2)
    assert set(depth[468:473]) == {3 * 159 + 2}
    assert set(depth[473:]) == {3 * 386 + 2}
