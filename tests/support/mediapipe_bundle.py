"""Bundles that MediaPipe's Tasks API loads, made of the nets in its 0.10.21 wheel.

Later wheels ship no model files, and the Tasks API wants a zip of a face detector and a landmark
net of two outputs, both with TFLite metadata. `join_outputs` gathers the attention mesh's seven in
the graph; nothing else is altered.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from mediapipe.tasks.metadata import metadata_schema_py_generated as meta
from mediapipe.tasks.metadata import schema_py_generated as schema

from export.refined_points import FLAG, MESH, REFINED, order_points

GOLDEN = Path(__file__).parents[1] / "golden"
DETECTOR_FILE = GOLDEN / "face_detection_short_range.tflite"
MESH_FILE = GOLDEN / "face_landmark_with_attention.tflite"

DETECTOR, LANDMARKS = "face_detector.tflite", "face_landmarks_detector.tflite"
"""Names of a bundle's two members."""

ANCHORS, PICTURE = 896, 128  # of the face detector
ANCHOR, ANCHOR_CENTRE = (8 * 16 + 8) * 2, 8.5 * PICTURE / 16  # one near the middle


def read_net(data: bytes) -> Any:
    return schema.ModelT.InitFromPackedBuf(bytearray(data))


def write_net(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def zip_nets(nets: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # it is mapped: no deflate
        for name, data in nets.items():
            archive.writestr(name, data)
    return packed.getvalue()


def detector_with_metadata() -> bytes:
    """The face detector, for MediaPipe's FaceDetector."""
    detector = read_net(DETECTOR_FILE.read_bytes())
    add_metadata(detector, mean=127.5, std=127.5)
    return write_net(detector)


def joined_mesh() -> bytes:
    """The attention mesh with two outputs."""
    mesh = read_net(MESH_FILE.read_bytes())
    join_outputs(mesh)
    add_metadata(mesh, mean=0.0, std=255.0)
    return write_net(mesh)


def following_bundle() -> bytes:
    """A bundle whose detector always sees one upright face that fills the picture."""
    detector = read_net(DETECTOR_FILE.read_bytes())
    fix_detector(detector)
    add_metadata(detector, mean=127.5, std=127.5)
    return zip_nets({DETECTOR: write_net(detector), LANDMARKS: joined_mesh()})


def join_outputs(model: Any) -> None:
    """Ends the seven-output net in two: (1, 1, 1, 1434) landmarks and the face flag."""
    graph = model.subgraphs[0]
    by_name = {graph.tensors[i].name.decode(): int(i) for i in graph.outputs}
    parts = [by_name[MESH], *(by_name[name] for name, _ in REFINED)]
    take = order_points()
    width = sum(int(graph.tensors[i].shape[-1]) for i in parts)
    joined = _add_tensor(model, "joined", [1, 1, 1, width])
    indices = _add_tensor(model, "order", [take.size], values=take)
    points = _add_tensor(model, "landmarks478", [1, 1, 1, take.size])
    _add_operator(model, "CONCATENATION", "ConcatenationOptions", parts, joined)
    _add_operator(model, "GATHER", "GatherOptions", [joined, indices], points)
    graph.outputs = np.array([points, by_name[FLAG]], np.int32)


def _add_tensor(
    model: Any, name: str, shape: list[int], values: npt.NDArray[np.int64] | None = None
) -> int:
    tensor = schema.TensorT()
    tensor.name, tensor.shape = name, shape
    tensor.type = schema.TensorType.FLOAT32 if values is None else schema.TensorType.INT32
    tensor.buffer = 0 if values is None else _add_buffer(model, values.astype("<i4").tobytes())
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1


def _add_buffer(model: Any, data: bytes) -> int:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(data, np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def _add_operator(model: Any, name: str, options: str, inputs: list[int], output: int) -> None:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
    code.version = 1
    model.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(model.operatorCodes) - 1
    operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
    operator.builtinOptions = getattr(schema, options + "T")()
    operator.builtinOptions.axis = 3
    model.subgraphs[0].operators.append(operator)


def add_metadata(model: Any, *, mean: float, std: float) -> None:
    """Says in TFLite metadata that the input is an RGB image, normalised (value - mean) / std."""
    graph, root = meta.SubGraphMetadataT(), meta.ModelMetadataT()
    graph.inputTensorMetadata = [_image_input(mean, std)]
    root.name, root.subgraphMetadata = "face", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(root.Pack(builder), b"M001")
    entry = schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", _add_buffer(model, bytes(builder.Output()))
    model.metadata = [entry]


def _image_input(mean: float, std: float) -> Any:
    unit = meta.ProcessUnitT()
    unit.optionsType = meta.ProcessUnitOptions.NormalizationOptions
    unit.options = meta.NormalizationOptionsT()
    unit.options.mean, unit.options.std = [mean], [std]
    image = meta.TensorMetadataT()
    image.name, image.processUnits, image.content = "image", [unit], meta.ContentT()
    image.content.contentPropertiesType = meta.ContentProperties.ImageProperties
    image.content.contentProperties = meta.ImagePropertiesT()
    image.content.contentProperties.colorSpace = meta.ColorSpaceType.RGB
    return image


def fix_detector(model: Any) -> None:
    """Empties the detector: its outputs become constants that say "one face, all of the picture".

    MediaPipe grows a detected box 1.5 times, so the box is two thirds of the picture; the eyes
    lie level, so nothing is turned.
    """
    boxes, scores = np.zeros((ANCHORS, 16), "<f4"), np.full((ANCHORS, 1), -100.0, "<f4")
    to_middle = PICTURE / 2 - ANCHOR_CENTRE
    boxes[ANCHOR, :4] = to_middle, to_middle, PICTURE / 1.5, PICTURE / 1.5
    boxes[ANCHOR, 4:8] = to_middle - 20, to_middle, to_middle + 20, to_middle
    scores[ANCHOR] = 100.0
    graph = model.subgraphs[0]
    kept = [graph.tensors[i] for i in (*graph.inputs, *graph.outputs)]
    model.buffers, model.operatorCodes = model.buffers[:1], []
    for tensor, values in zip(kept, (None, boxes, scores), strict=True):
        tensor.buffer = 0 if values is None else _add_buffer(model, values.tobytes())
    graph.tensors, graph.operators = kept, []
    graph.inputs, graph.outputs = np.array([0], np.int32), np.array([1, 2], np.int32)
