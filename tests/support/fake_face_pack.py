"""A tiny pack that reads faces and makes people: real ONNX files, all of them linear.

A face is known by the means of its 4 x 4 fields; a code's picture shows 4 x 4 fields, and one step
of the identity net goes half the way to the code whose fields are those of the face.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper
from safetensors.numpy import save_file

from reenact.types import Image, Latent
from tests.support.fakes import (
    ROWS,
    SIZE,
    WIDTH,
    ada,
    entry,
    read_manifest,
    write_identity,
    write_manifest,
    write_net,
    write_synthesis,
)

STEPS = 5
CODE = ROWS * WIDTH
FIELDS = 48  # 3 x 4 x 4

_RNG = np.random.default_rng(5)
SHOWS = _RNG.normal(0, 0.2, (CODE, FIELDS)).astype(np.float32)
"""Code -> the fields of its picture."""
SEES = np.linalg.pinv(SHOWS).astype(np.float32)
MOVES = _RNG.normal(0, 0.3, (FIELDS, CODE)).astype(np.float32)
MAPS = _RNG.normal(0, 0.7, (WIDTH, WIDTH)).astype(np.float32)
EMBEDS = _RNG.normal(0, 1, (FIELDS, 512)).astype(np.float32)
AVERAGE = _RNG.normal(0, 0.5, (ROWS, WIDTH)).astype(np.float32)
WEIGHT = _RNG.normal(0, 0.2, (CODE, CODE)).astype(np.float32)
BIAS = _RNG.normal(0, 0.1, CODE).astype(np.float32)

_FACE = (TensorProto.UINT8, [256, 256, 3])
_PICTURE = (TensorProto.FLOAT, [3, 256, 256])
_CODE = (TensorProto.FLOAT, [ROWS, WIDTH])
_VECTOR = (TensorProto.FLOAT, [WIDTH])
_NAMES = {TensorProto.UINT8: "uint8", TensorProto.FLOAT: "float32"}


def fields_of(face: Image) -> npt.NDArray[np.float64]:
    """(48,) means of the 4 x 4 fields of each colour, -1..1."""
    scaled = face.astype(np.float64) / 127.5 - 1
    fields = scaled.reshape(4, 64, 4, 64, 3).mean(axis=(1, 3))
    return np.asarray(fields.transpose(2, 0, 1).ravel())


def code_of(face: Image) -> Latent:
    """Where inversion ends after `STEPS` steps, when the average code is added exactly once."""
    whole = (fields_of(face) @ SEES).reshape(ROWS, WIDTH)
    rest = 0.5**STEPS
    return (whole + rest * (AVERAGE - whole)).astype(np.float32)


def face_picture(seed: int) -> Image:
    return np.random.default_rng(seed).integers(60, 200, (256, 256, 3), np.uint8)


def write_face_pack(
    root: Path,
    names: tuple[str, ...] = ("ada",),
    *,
    iterative: bool = True,
    similarity: bool = True,
) -> Path:
    """A whole pack in folder `root`. iterative: its identity net sees the picture so far."""
    root.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        write_identity(root, name, latent=ada(seed).latent, inversion=ada(seed + 50).latent)
    constants = {"latent_avg": AVERAGE, "weight": WEIGHT, "bias": BIAS}
    save_file(constants, root / "enrolment.safetensors")
    graphs = _write_graphs(root, iterative)
    if not similarity:
        del graphs["similarity"]
    manifest = {
        "schema": 2,
        "name": "tiny-faces",
        "licence": "Apache-2.0",
        "attribution": "made for tests",
        "size": SIZE,
        "rows": ROWS,
        "width": WIDTH,
        "reads": "face",
        "graphs": graphs,
        "enrolment": {
            **entry(root, "enrolment.safetensors"),
            "steps": STEPS if iterative else 1,
        },
        "provenance": {},
    }
    write_manifest(root, manifest)
    return root


def add_weights(root: Path, net: Any) -> Path:
    """Add the weights of a torch `net` to a pack, as those of its generator."""
    (root / "weights").mkdir()
    state = {name: tensor.numpy().copy() for name, tensor in net.state_dict().items()}
    save_file(state, root / "weights/generator.safetensors", {"clamp": "null"})
    manifest = read_manifest(root)
    manifest["weights"] = entry(root, "weights/generator.safetensors")
    write_manifest(root, manifest)
    return root


def _write_graphs(root: Path, iterative: bool) -> dict[str, Any]:
    half, identity_inputs = (SEES / 2).astype(np.float32), {"face": _FACE}
    nodes, difference = _see("face"), "face_fields"
    if iterative:
        identity_inputs["picture"] = _PICTURE
        nodes += _pool("picture", "picture_fields")
        nodes.append(helper.make_node("Sub", ["face_fields", "picture_fields"], ["difference"]))
        difference = "difference"
    nodes += _multiply(difference, "step", "code_shape")
    motion = _see("face") + _multiply("face_fields", "motion", "code_shape")
    embedding = [
        *_see("face"),
        helper.make_node("MatMul", ["face_fields", "matrix"], ["embedding"]),
    ]
    graphs = {
        "motion": _write(root, "motion", motion, {"face": _FACE}, {"motion": _CODE}, MOVES),
        "identity": _write(root, "identity", nodes, identity_inputs, {"step": _CODE}, half),
        "reconstruction": _write(
            root, "reconstruction", _show(), {"w": _CODE}, {"picture": _PICTURE}, SHOWS
        ),
        "mapping": _write(
            root, "mapping", [helper.make_node("MatMul", ["z", "matrix"], ["w"])],
            {"z": _VECTOR}, {"w": _VECTOR}, MAPS,
        ),
        "similarity": _write(
            root, "similarity", embedding, {"face": _FACE},
            {"embedding": (TensorProto.FLOAT, [512])}, EMBEDS,
        ),
    }  # fmt: skip
    write_synthesis(root / "synthesis.onnx")
    picture = (TensorProto.UINT8, [SIZE, SIZE, 3])
    graphs["synthesis"] = _declare(root, "synthesis", {"w": _CODE}, {"picture": picture})
    return graphs


def _see(face: str) -> list[NodeProto]:
    """(N, 256, 256, 3) uint8 -> (N, 48) in -1..1, named {face}_fields."""
    return [
        helper.make_node("Cast", [face], [f"{face}_float"], to=TensorProto.FLOAT),
        helper.make_node("Div", [f"{face}_float", "half"], [f"{face}_unit"]),
        helper.make_node("Sub", [f"{face}_unit", "one"], [f"{face}_centred"]),
        helper.make_node("Transpose", [f"{face}_centred"], [f"{face}_nchw"], perm=[0, 3, 1, 2]),
        *_pool(f"{face}_nchw", f"{face}_fields"),
    ]


def _pool(source: str, target: str) -> list[NodeProto]:
    pooled, size = f"{target}_pooled", [64, 64]
    return [
        helper.make_node("AveragePool", [source], [pooled], kernel_shape=size, strides=size),
        helper.make_node("Reshape", [pooled, "fields_shape"], [target]),
    ]


def _multiply(source: str, target: str, shape: str) -> list[NodeProto]:
    return [
        helper.make_node("MatMul", [source, "matrix"], [f"{target}_flat"]),
        helper.make_node("Reshape", [f"{target}_flat", shape], [target]),
    ]


def _show() -> list[NodeProto]:
    """A code's fields, each 64 pixels wide."""
    return [
        helper.make_node("Reshape", ["w", "flat_shape"], ["flat"]),
        *_multiply("flat", "small", "small_shape"),
        helper.make_node(
            "Resize", ["small", "", "scales"], ["picture"], mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        ),
    ]  # fmt: skip


def _write(
    root: Path, name: str, nodes: list[NodeProto], inputs: Any, outputs: Any,
    matrix: npt.NDArray[np.float32],
) -> dict[str, Any]:  # fmt: skip
    constants: dict[str, npt.NDArray[Any]] = {
        "matrix": matrix,
        "half": np.array(127.5, np.float32),
        "one": np.array(1, np.float32),
        "scales": np.array([1, 1, 64, 64], np.float32),
        "fields_shape": np.array([-1, FIELDS], np.int64),
        "flat_shape": np.array([-1, CODE], np.int64),
        "code_shape": np.array([-1, ROWS, WIDTH], np.int64),
        "small_shape": np.array([-1, 3, 4, 4], np.int64),
    }
    used = {word for node in nodes for word in node.input}
    constants = {key: value for key, value in constants.items() if key in used}
    write_net(root / f"{name}.onnx", nodes, inputs, outputs, constants)
    return _declare(root, name, inputs, outputs)


def _declare(root: Path, name: str, inputs: Any, outputs: Any) -> dict[str, Any]:
    def specs(ports: Any) -> list[dict[str, Any]]:
        return [
            {"name": key, "shape": [None, *shape], "dtype": _NAMES[kind]}
            for key, (kind, shape) in ports.items()
        ]

    return {
        **entry(root, f"{name}.onnx"),
        "precision": "fp32",
        "inputs": specs(inputs),
        "outputs": specs(outputs),
    }
