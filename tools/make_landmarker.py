"""Makes the vendored `face_landmarker.task` from the two nets inside the mediapipe 0.10.21 wheel.

Later wheels ship no model files. The Tasks API wants a zip of a face detector and a net with two
outputs (478 x 3 landmarks, face flag), both with TFLite metadata. The attention net of the old
wheel has seven outputs; `join_outputs` gathers them in the graph, in the order of MediaPipe's
published `tensors_to_face_landmarks_with_attention.pbtxt`. Nothing is trained or altered.

A third file rides along, which MediaPipe itself does not read: a detector without weights that
always sees one upright face filling the picture. With it in the real detector's place the
landmark net can follow a face from frame to frame, at two thirds of the cost.

    python tools/make_landmarker.py [OUTPUT] [--wheel mediapipe-0.10.21-....whl]
"""

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WHEEL = "mediapipe==0.10.21"
PLATFORM = "manylinux_2_28_x86_64"  # any platform would do: only data files are taken
MODULES = "mediapipe/modules/"
DETECTOR = MODULES + "face_detection/face_detection_short_range.tflite"
MESH = MODULES + "face_landmark/face_landmark_with_attention.tflite"
SHA256 = {
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    MESH: "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
}
OUTPUT = Path(__file__).parents[1] / "reenact" / "packs_data" / "face_landmarker.task"

# Which of the 468 mesh points each refined output replaces, in that output's order.
LIPS = (
    "61 146 91 181 84 17 314 405 321 375 291 185 40 39 37 0 267 269 270 409 78 95 88 178 87 14 "
    "317 402 318 324 308 191 80 81 82 13 312 311 310 415 76 77 90 180 85 16 315 404 320 307 306 "
    "184 74 73 72 11 302 303 304 408 62 96 89 179 86 15 316 403 319 325 292 183 42 41 38 12 268 "
    "271 272 407"
)
LEFT_EYE = (
    "33 7 163 144 145 153 154 155 133 246 161 160 159 158 157 173 130 25 110 24 23 22 26 112 243 "
    "247 30 29 27 28 56 190 226 31 228 229 230 231 232 233 244 113 225 224 223 222 221 189 35 124 "
    "46 53 52 65 143 111 117 118 119 120 121 128 245 156 70 63 105 66 107 55 193"
)
RIGHT_EYE = (
    "263 249 390 373 374 380 381 382 362 466 388 387 386 385 384 398 359 255 339 254 253 252 256 "
    "341 463 467 260 259 257 258 286 414 446 261 448 449 450 451 452 453 464 342 445 444 443 442 "
    "441 413 265 353 276 283 282 295 372 340 346 347 348 349 350 357 465 383 300 293 334 296 336 "
    "285 417"
)
REFINED = (  # output tensor, the points it refines
    ("output_lips", LIPS),
    ("output_left_eye", LEFT_EYE),
    ("output_right_eye", RIGHT_EYE),
    ("output_left_iris", "468 469 470 471 472"),
    ("output_right_iris", "473 474 475 476 477"),
)
MESH_POINTS, POINTS = 468, 478
ANCHORS, PICTURE = 896, 128  # of the face detector
ANCHOR, ANCHOR_CENTRE = (8 * 16 + 8) * 2, 8.5 * PICTURE / 16  # one near the middle
IRIS_DEPTH = {468: 159, 473: 386}  # an iris has no depth of its own: that of its upper lid


def gather_indices() -> npt.NDArray[np.int32]:
    """(1434,) where each of the 478 x 3 values lies in the six landmark outputs laid end to end."""
    take = np.zeros((POINTS, 3), np.int32)
    take[:MESH_POINTS] = np.arange(3 * MESH_POINTS).reshape(-1, 3)
    for iris, lid in IRIS_DEPTH.items():
        take[iris : iris + 5, 2] = take[lid, 2]
    start = 3 * MESH_POINTS
    for _, points in REFINED:
        for point in map(int, points.split()):
            take[point, :2] = start, start + 1
            start += 2
    return take.ravel()


def join_outputs(model: Any) -> None:
    """Ends the seven-output net in two: (1, 1, 1, 1434) landmarks and the face flag."""
    graph = model.subgraphs[0]
    by_name = {graph.tensors[i].name.decode(): int(i) for i in graph.outputs}
    parts = [by_name["output_mesh_identity"], *(by_name[name] for name, _ in REFINED)]
    take = gather_indices()
    width = sum(int(graph.tensors[i].shape[-1]) for i in parts)
    joined = _add_tensor(model, "joined", [1, 1, 1, width])
    indices = _add_tensor(model, "order", [take.size], values=take)
    points = _add_tensor(model, "landmarks478", [1, 1, 1, take.size])
    _add_operator(model, "CONCATENATION", "ConcatenationOptions", parts, joined)
    _add_operator(model, "GATHER", "GatherOptions", [joined, indices], points)
    graph.outputs = np.array([points, by_name["conv_faceflag"]], np.int32)


def _add_tensor(
    model: Any, name: str, shape: list[int], values: npt.NDArray[np.int32] | None = None
) -> int:
    from mediapipe.tasks.metadata import schema_py_generated as schema

    tensor = schema.TensorT()
    tensor.name, tensor.shape = name, shape
    tensor.type = schema.TensorType.FLOAT32 if values is None else schema.TensorType.INT32
    tensor.buffer = 0 if values is None else _add_buffer(model, values.astype("<i4").tobytes())
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1


def _add_buffer(model: Any, data: bytes) -> int:
    from mediapipe.tasks.metadata import schema_py_generated as schema

    buffer = schema.BufferT()
    buffer.data = np.frombuffer(data, np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def _add_operator(model: Any, name: str, options: str, inputs: list[int], output: int) -> None:
    from mediapipe.tasks.metadata import schema_py_generated as schema

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
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as meta
    from mediapipe.tasks.metadata import schema_py_generated as schema

    graph, root = meta.SubGraphMetadataT(), meta.ModelMetadataT()
    graph.inputTensorMetadata = [_image_input(mean, std)]
    root.name, root.subgraphMetadata = "face", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(root.Pack(builder), b"M001")
    entry = schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", _add_buffer(model, bytes(builder.Output()))
    model.metadata = [entry]


def _image_input(mean: float, std: float) -> Any:
    from mediapipe.tasks.metadata import metadata_schema_py_generated as meta

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


def _read(net: bytes) -> Any:
    from mediapipe.tasks.metadata import schema_py_generated as schema

    return schema.ModelT.InitFromPackedBuf(bytearray(net))


def _write(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def make_bundle(wheel: Path) -> bytes:
    """The bytes of the bundle, the same for every run.

    Raises ValueError when the wheel's nets are not those of mediapipe 0.10.21.
    """
    with zipfile.ZipFile(wheel) as archive:
        nets = {name: archive.read(name) for name in (DETECTOR, MESH)}
    for name, net in nets.items():
        if (came := hashlib.sha256(net).hexdigest()) != SHA256[name]:
            raise ValueError(f"{name} must have SHA-256 {SHA256[name]}, got {came}; use {WHEEL}")
    detector, fixed, mesh = _read(nets[DETECTOR]), _read(nets[DETECTOR]), _read(nets[MESH])
    fix_detector(fixed)
    join_outputs(mesh)
    add_metadata(detector, mean=127.5, std=127.5)
    add_metadata(fixed, mean=127.5, std=127.5)
    add_metadata(mesh, mean=0.0, std=255.0)
    names = ("face_detector", "face_landmarks_detector", "fixed_face_detector")
    return _zip(dict(zip(names, map(_write, (detector, mesh, fixed)), strict=True)))


def _zip(nets: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # Tasks maps it: no deflate
        for name, data in nets.items():
            # ZipInfo's fixed date: the same bytes again.
            archive.writestr(zipfile.ZipInfo(f"{name}.tflite"), data)
    return packed.getvalue()


def download_wheel(folder: Path) -> Path:
    """The pinned wheel, fetched by pip into `folder`."""
    pip = [sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--only-binary=:all:"]
    target = ["--python-version", "311", "--platform", PLATFORM, "--dest", str(folder)]
    subprocess.run([*pip, *target, "--quiet"], check=True)
    return next(folder.glob("mediapipe-*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description="make face_landmarker.task from the pinned wheel")
    parser.add_argument("output", type=Path, nargs="?", default=OUTPUT)
    parser.add_argument("--wheel", type=Path, help=f"a downloaded wheel of {WHEEL}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bundle = make_bundle(arguments.wheel or download_wheel(Path(folder)))
    arguments.output.write_bytes(bundle)
    print(f"{arguments.output}: SHA-256 {hashlib.sha256(bundle).hexdigest()}")


if __name__ == "__main__":
    main()
