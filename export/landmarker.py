"""MediaPipe's face detector and landmark net, from TFLite to ONNX.

Both take "picture", (1, S, S, 3) uint8 RGB. The detector gives "boxes" and "scores" of its 896
anchors as they leave the net; the landmark net gives "landmarks", (1, 478, 3) in pixels of the
picture, and "presence", (1,) from 0 to 1.
"""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from onnx import ModelProto, TensorProto, helper

from export.attention_operators import ATTENTION_OPERATORS
from export.onnx_graph import OnnxGraph
from export.refined_points import FLAG, MESH, POINTS, REFINED, order_points
from export.tflite_file import TfliteError, damage_is_one_error, read_tflite
from export.tflite_operators import TFLITE_OPERATORS
from export.translation import TO_ONNX, Translation
from reenact.errors import CheckpointError
from reenact.media.files import translate_os_errors, whole_file

_MEMBER = "face_landmarks_detector.tflite"

_DETECTOR_OUTPUTS = MappingProxyType({"boxes": (1, 896, 16), "scores": (1, 896, 1)})
_LANDMARK_OUTPUTS = MappingProxyType({"landmarks": (1, POINTS, 3), "presence": (1,)})


def translate_detector(data: bytes) -> ModelProto:
    """The face detector in a TFLite file. Raises TfliteError when it is another net."""
    with damage_is_one_error():
        net = _translate(data, mean=127.5, deviation=127.5)
        shapes = {net.shape(number): number for number in net.net.outputs}
        if set(shapes) != set(_DETECTOR_OUTPUTS.values()):
            wanted = " and ".join(map(str, _DETECTOR_OUTPUTS.values()))
            raise TfliteError(f"it gives {[*shapes]} in place of {wanted}")
        values = {name: net.as_tflite(shapes[shape]) for name, shape in _DETECTOR_OUTPUTS.items()}
        return _finish(net, values, _DETECTOR_OUTPUTS)


def translate_landmark_net(data: bytes) -> ModelProto:
    """The landmark net in a TFLite file.

    It is MediaPipe's attention mesh, or one as MediaPipe's own face landmarker reads it: its first
    output is 478 points, its second how sure it is of a face. Pixels go in as 0 to 1. Raises
    TfliteError when it is another net.
    """
    with damage_is_one_error():
        net = _translate(data, mean=0.0, deviation=255.0)
        points, flag = _attention(net) or _read_joined(net)
        graph, shape = net.graph, _LANDMARK_OUTPUTS["landmarks"]
        values = {
            "landmarks": graph.add("Reshape", points, graph.constant(shape)),
            "presence": graph.add("Reshape", graph.add("Sigmoid", flag), graph.constant([1])),
        }
        return _finish(net, values, _LANDMARK_OUTPUTS)


def convert_bundle(bundle: Path, target: Path) -> None:
    """Write the landmark net of MediaPipe's bundle (`face_landmarker.task`) as an ONNX file.

    Raises CheckpointError when the bundle cannot be read or its net cannot be translated.
    """
    try:
        model = translate_landmark_net(_read_member(bundle))
    except TfliteError as error:
        raise CheckpointError(
            f"the landmark net in {bundle} must be one that MediaPipe published, but {error}: "
            "use the bundled net, without --landmarker"
        ) from error
    with translate_os_errors(target), whole_file(target) as fresh:
        fresh.write_bytes(model.SerializeToString(deterministic=True))


def _read_member(bundle: Path) -> bytes:
    advice = "name a face_landmarker.task of MediaPipe"
    with (
        translate_os_errors(
            bundle,
            f"must be a .task bundle with {_MEMBER}",
            advice,
            caught=(OSError, zipfile.BadZipFile, KeyError, NotImplementedError),
            raised=CheckpointError,
        ),
        zipfile.ZipFile(bundle) as archive,
    ):
        return archive.read(_MEMBER)


def _translate(data: bytes, *, mean: float, deviation: float) -> Translation:
    """All operators of a net, behind a first step that turns bytes into (value - mean) / deviation.

    Raises TfliteError unless the net takes one square RGB picture.
    """
    net, graph = read_tflite(data), OnnxGraph()
    shapes = [net.shapes[number] for number in net.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0] != (1, shapes[0][1], shapes[0][1], 3):
        raise TfliteError(f"it takes {shapes} in place of one square picture (1, S, S, 3)")
    picture = graph.add("Transpose", "picture", perm=TO_ONNX)
    picture = graph.add("Cast", picture, to=TensorProto.FLOAT)
    if mean:
        picture = graph.add("Sub", picture, graph.constant(mean))
    translation = Translation(net, graph)
    translation.values[net.inputs[0]] = graph.add("Mul", picture, graph.constant(1 / deviation))
    translation.run({**TFLITE_OPERATORS, **ATTENTION_OPERATORS})
    return translation


def _attention(net: Translation) -> tuple[str, str] | None:
    """Points and flag of the attention mesh; None when it is another net."""
    by_name = {net.net.names[number]: number for number in net.net.outputs}
    wanted = (MESH, *(name for name, _ in REFINED))
    if not {*wanted, FLAG} <= by_name.keys():
        return None
    parts = net.graph.add("Concat", *(net.value(by_name[name]) for name in wanted), axis=1)
    points = net.graph.add("Gather", parts, net.graph.constant(order_points()), axis=1)
    return points, net.value(by_name[FLAG])


def _read_joined(net: Translation) -> tuple[str, str]:
    """Points and flag of a net whose outputs are joined already."""
    sizes = [math.prod(net.shape(number)) for number in net.net.outputs]
    if sizes[:2] != [3 * POINTS, 1]:
        raise TfliteError(f"it gives {sizes} values in place of {3 * POINTS} for points and 1")
    points, flag = net.net.outputs[:2]
    return net.as_tflite(points), net.value(flag)


def _finish(
    net: Translation, values: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> ModelProto:
    for name, value in values.items():
        net.graph.rename(value, name)
    picture = helper.make_tensor_value_info(
        "picture", TensorProto.UINT8, net.shape(net.net.inputs[0])
    )
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    return net.graph.model([picture], outputs)
