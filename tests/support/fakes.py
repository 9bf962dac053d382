"""Stand-ins for tests: a tiny pack of real ONNX files, an engine that obeys, a scripted tracker."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from engines.base import Array, EngineError, TensorSpec
from reenact.face.align import FaceAligner
from reenact.packs.pack import Pack
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES, FaceCrop, Frame, Identity, Image, MotionCode

ROWS, WIDTH, SIZE = 4, 8, 32
BRIGHTEST = 200
"""No picture of the tiny pack is brighter."""
INPUT_LEAST = 230
"""Every pixel of `driver_frame` is at least this bright."""


class FakeEngine:
    """Answers with `answer(inputs)`; raises EngineError in the calls numbered in `failing`."""

    device, reason = "cpu", ""

    def __init__(
        self,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        answer: Any,
        failing: Iterable[int] = (),
    ) -> None:
        self.inputs = {spec.name: spec for spec in inputs}
        self.outputs = {spec.name: spec for spec in outputs}
        self.answer, self.failing = answer, set(failing)
        self.calls = 0
        self.closed = False

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        self.calls += 1
        for name, spec in self.inputs.items():
            spec.check(inputs[name])
        if self.calls - 1 in self.failing:
            raise EngineError("the net failed on purpose")
        return {name: self.answer(*inputs.values()) for name in self.outputs}

    def close(self) -> None:
        self.closed = True


class FakePack:
    """The part of `Pack` that a reenactor uses, with engines of the test's choosing."""

    licence, attribution = "Apache-2.0", "made for tests"
    name, size, rows, width = "fake", SIZE, ROWS, WIDTH
    identities: tuple[str, ...] = ("ada",)

    def __init__(self, *, reads: str = "expression", failing: Iterable[int] = ()) -> None:
        self.reads = reads
        self.axes = EXPRESSION_AXES if reads == "expression" else ()
        self.as_dlib = reads == "face"
        source = (13,) if reads == "expression" else (256, 256, 3)
        code = TensorSpec("code", (None, ROWS, WIDTH), "float32")
        self.engines = {
            "motion": FakeEngine(
                [TensorSpec("source", (None, *source), "float32" if len(source) == 1 else "uint8")],
                [code],
                lambda given: np.full((1, ROWS, WIDTH), given.mean(), np.float32),
            ),
            "synthesis": FakeEngine(
                [code],
                [TensorSpec("picture", (None, SIZE, SIZE, 3), "uint8")],
                lambda code: np.full(
                    (1, SIZE, SIZE, 3), np.clip(100 + 100 * code.mean(), 0, BRIGHTEST), np.uint8
                ),
                failing,
            ),
        }

    def open(self, graph: str, device: str = "auto") -> FakeEngine:
        return self.engines[graph]


def fake_reenactor(pack: FakePack) -> Reenactor:
    return Reenactor(cast(Pack, pack))


LANDMARKS = np.random.default_rng(4).normal(100, 30, (478, 3))
"""A face of some shape, so that a true reader can read it."""


class FakeAligner(FaceAligner):
    """Finds a face where `script` says so, one truth per frame; its crop is the driver's pixels."""

    def __init__(self, script: Sequence[bool], size: int = SIZE) -> None:
        self.script, self.size, self.at, self.closed = list(script), size, 0, False

    def align(self, frame: Frame) -> FaceCrop | None:
        seen = self.script[self.at % len(self.script)]
        self.at += 1
        image = np.ascontiguousarray(np.resize(frame.image, (self.size, self.size, 3)))
        return FaceCrop(image, np.eye(2, 3), LANDMARKS) if seen else None

    def state(self) -> dict[str, Any]:
        return {"at": self.at}

    def restore(self, state: dict[str, Any]) -> None:
        self.at = state["at"]

    def close(self) -> None:
        self.closed = True


class FakeReader:
    """Reads the same from every face, or `values` of its time; counts the faces."""

    learnt_s = None

    def __init__(self, values: Any = 0.5) -> None:
        self.values, self.count, self.recalibrated = values, 0, 0

    def read(self, face: FaceCrop, time: float) -> npt.NDArray[np.float32]:
        self.count += 1
        value = self.values(time) if callable(self.values) else self.values
        return np.full(13, value, np.float32)

    def recalibrate(self) -> None:
        self.recalibrated += 1

    def state(self) -> dict[str, Any]:
        return {"count": self.count}

    def restore(self, state: dict[str, Any]) -> None:
        self.count = state["count"]


class AveragingSmoother:
    """Half the last value, half the new one: simple, and with a memory."""

    def __init__(self) -> None:
        self.last: npt.NDArray[np.float32] | None = None
        self.resets = 0

    def update(self, code: MotionCode) -> MotionCode:
        last = code.values if self.last is None else self.last
        self.last = ((last + code.values) / 2).astype(np.float32)
        return MotionCode(self.last, code.time)

    def reset(self) -> None:
        self.last = None
        self.resets += 1

    def state(self) -> dict[str, Any]:
        return {"last": None if self.last is None else self.last.tolist(), "resets": self.resets}

    def restore(self, state: dict[str, Any]) -> None:
        last = state["last"]
        self.last = None if last is None else np.asarray(last, np.float32)
        self.resets = state["resets"]


def driver_frame(number: int, *, seed: int = 0) -> Frame:
    """A 30 Hz frame of bright noise; see `INPUT_LEAST`."""
    noise = np.random.default_rng((seed, number)).integers(INPUT_LEAST, 256, (24, 40, 3))
    return Frame(noise.astype(np.uint8), number, Fraction(1, 30))


def ada(seed: int = 0) -> Identity:
    latent = np.random.default_rng(seed).normal(0, 0.1, (ROWS, WIDTH))
    return identity("ada", latent.astype(np.float32))


def identity(name: str, latent: npt.NDArray[np.float32]) -> Identity:
    """An identity whose latent and inversion are the same."""
    return Identity(name, latent, latent)


def write_net(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[int]]],
    outputs: Mapping[str, tuple[int, Sequence[int]]],
    constants: Mapping[str, npt.NDArray[Any]] | None = None,
) -> Path:
    """Write an ONNX file; tensors are name -> (onnx type, shape of one item)."""

    def infos(tensors: Mapping[str, tuple[int, Sequence[int]]]) -> list[onnx.ValueInfoProto]:
        return [
            helper.make_tensor_value_info(name, kind, ["N", *shape])
            for name, (kind, shape) in tensors.items()
        ]

    initial = [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(list(nodes), path.stem, infos(inputs), infos(outputs), initial)
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=9), path)
    return path


def write_motion(path: Path) -> Path:
    """(N, 13) -> (N, ROWS, WIDTH): one matrix."""
    matrix = np.random.default_rng(1).normal(0, 0.3, (13, ROWS * WIDTH)).astype(np.float32)
    return write_net(
        path,
        [
            helper.make_node("MatMul", ["expression", "matrix"], ["flat"]),
            helper.make_node("Reshape", ["flat", "shape"], ["motion"]),
        ],
        {"expression": (TensorProto.FLOAT, [13])},
        {"motion": (TensorProto.FLOAT, [ROWS, WIDTH])},
        {"matrix": matrix, "shape": np.array([-1, ROWS, WIDTH], np.int64)},
    )


def write_synthesis(path: Path) -> Path:
    """(N, ROWS, WIDTH) -> (N, SIZE, SIZE, 3) uint8: a smooth pattern, 0..`BRIGHTEST`."""
    pattern = np.random.default_rng(2).normal(0, 0.5, (ROWS * WIDTH, SIZE * SIZE * 3))
    return write_net(
        path,
        [
            helper.make_node("Reshape", ["w", "flat_shape"], ["flat"]),
            helper.make_node("MatMul", ["flat", "pattern"], ["mixed"]),
            helper.make_node("Sigmoid", ["mixed"], ["unit"]),
            helper.make_node("Mul", ["unit", "brightest"], ["light"]),
            helper.make_node("Reshape", ["light", "shape"], ["shaped"]),
            helper.make_node("Cast", ["shaped"], ["picture"], to=TensorProto.UINT8),
        ],
        {"w": (TensorProto.FLOAT, [ROWS, WIDTH])},
        {"picture": (TensorProto.UINT8, [SIZE, SIZE, 3])},
        {
            "pattern": pattern.astype(np.float32),
            "brightest": np.array(BRIGHTEST, np.float32),
            "flat_shape": np.array([-1, ROWS * WIDTH], np.int64),
            "shape": np.array([-1, SIZE, SIZE, 3], np.int64),
        },
    )


def write_identity(
    root: Path, name: str, made: Mapping[str, Any] | None = None, **codes: npt.NDArray[Any]
) -> Path:
    """Write an identity with these codes into the pack at `root`; returns the card's path."""
    folder = root / "identities"
    folder.mkdir(exist_ok=True)
    save_file(codes, folder / f"{name}.safetensors")
    return write_card(folder / f"{name}.json", made=made or {})


def write_card(path: Path, **values: Any) -> Path:
    """Write the card of the NAME.safetensors beside it."""
    name = path.stem
    card = {
        "name": name,
        "description": f"{name}, for tests",
        "latent": entry(path.parent, f"{name}.safetensors"),
        "made": {},
        **values,
    }
    path.write_text(json.dumps(card))
    return path


def write_pack(root: Path, names: Sequence[str] = ("ada", "ben", "chi")) -> Path:
    """A whole pack in folder `root`, tiny and valid."""
    root.mkdir(parents=True, exist_ok=True)
    write_motion(root / "motion.onnx")
    write_synthesis(root / "synthesis.onnx")
    for seed, name in enumerate(names):
        write_identity(root, name, latent=ada(seed).latent)
    code = {"shape": [None, ROWS, WIDTH], "dtype": "float32"}
    manifest = {
        "schema": 2,
        "name": "tiny",
        "licence": "Apache-2.0",
        "attribution": "made for tests",
        "size": SIZE,
        "rows": ROWS,
        "width": WIDTH,
        "reads": "expression",
        "graphs": {
            "motion": {
                **entry(root, "motion.onnx"),
                "precision": "fp32",
                "inputs": [{"name": "expression", "shape": [None, 13], "dtype": "float32"}],
                "outputs": [{"name": "motion", **code}],
            },
            "synthesis": {
                **entry(root, "synthesis.onnx"),
                "precision": "fp32",
                "inputs": [{"name": "w", **code}],
                "outputs": [{"name": "picture", "shape": [None, SIZE, SIZE, 3], "dtype": "uint8"}],
            },
        },
        "provenance": {},
    }
    write_manifest(root, manifest)
    return root


def entry(root: Path, name: str) -> dict[str, str]:
    """A file of the pack as pack.json names it."""
    return {"file": name, "sha256": hashlib.sha256((root / name).read_bytes()).hexdigest()}


def read_manifest(root: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((root / "pack.json").read_text())
    return manifest


def write_manifest(root: Path, manifest: Any) -> None:
    (root / "pack.json").write_text(json.dumps(manifest))


def same(first: Image, second: Image) -> bool:
    return bool(np.array_equal(first, second))
