"""Every graph of a narrow photo-real pack: its module, its ONNX file and typical inputs.

The nets have few channels and rows; `single-pass` has the published depth, and those which need no
maps on the way keep two units of each stage, since a trace takes its time by the unit. `synthesis`
draws 32 pixels and `reconstruction` averages 512.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from filelock import FileLock
from torch import nn

from engines.base import Array
from export.bench_subjects import random_inputs
from export.face_graphs import FromPixels, Refinement, StaticReconstruction
from export.graphs import write_graph
from export.static_synthesis import StaticSynthesis
from reenact.media.claimed_folder import whole_folder
from reenact.nets.arcface import ArcFace
from reenact.nets.folded_motion import FoldedMotion
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.generator import Mapping
from reenact.nets.ir_se50 import IRSE50
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import Synthesis
from reenact.packs.interface import GraphSpec, declare_graphs
from tests.support.quick_nets import quick_synthesis

SHARED_FOLDER = "REENACT_TESTS_FOLDER"
"""Variable of the environment that names a folder of all processes of a test run (conftest.py)."""

Backbone = TypeVar("Backbone", bound=IRSE50)

ROWS, WIDTH, SIZE, FEATURES = 8, 12, 32, 20
NARROW = (8, 8, 8, 8, 12)


_TO_32 = (12, 12, 8, 6)
_TO_512 = (12, 12, 8, 8, 8, 6, 6, 4)


_KEPT_UNITS = (0, 1, 3, 4, 7, 8, 21, 22)
"""Two of each stage: one that halves the map and one that does not."""


def _shallow(net: Backbone) -> Backbone:
    net.body = nn.Sequential(*(net.body[index] for index in _KEPT_UNITS))
    return net


MODULES: dict[str, Callable[[], nn.Module]] = {
    "motion": lambda: FromPixels(_shallow(FoldedMotion(ROWS, WIDTH, features=10, channels=NARROW))),
    "synthesis": lambda: StaticSynthesis(Synthesis(_TO_32, WIDTH, clamp=256.0)),
    "identity": lambda: Refinement(_shallow(RestyleEncoder(ROWS, WIDTH, channels=NARROW))),
    "single-pass": lambda: FromPixels(FpnEncoder(ROWS, WIDTH, channels=NARROW)),
    "reconstruction": lambda: StaticReconstruction(Synthesis(_TO_512, WIDTH)),
    "transposed": lambda: StaticSynthesis(Synthesis(_TO_32, WIDTH), "transposed"),
    "blurred": lambda: StaticSynthesis(Synthesis(_TO_32, WIDTH), "blurred"),
    "quick": lambda: StaticSynthesis(quick_synthesis()),
    "mapping": lambda: Mapping(WIDTH, layers=2),
    "similarity": lambda: FromPixels(_shallow(ArcFace(features=FEATURES, channels=NARROW))),
}
"""A graph of every kind; "single-pass" is an `identity`, the forms of up-sampling and the avatars'
network, "quick", are `synthesis`."""

_KINDS = {
    "single-pass": "identity",
    "transposed": "synthesis",
    "blurred": "synthesis",
    "quick": "synthesis",
}


_ROWS_OF = {"reconstruction": 16, "quick": 6}
"""W+ rows of the graphs that have not `ROWS`."""


@cache
def module(name: str) -> nn.Module:
    torch.manual_seed(0)
    net = MODULES[name]()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        for key, buffer in net.named_buffers():
            if key.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
    return net.eval()


def declaration(name: str) -> GraphSpec:
    code = (_ROWS_OF.get(name, ROWS), WIDTH)
    refining = name != "single-pass"
    graphs = declare_graphs(
        reads="face", code=code, size=SIZE, refining=refining, embedding=FEATURES
    )
    return graphs[_KINDS.get(name, name)]


@cache
def onnx_file(name: str) -> Path:
    """The graph's file, exported once for all processes of a test run: that takes seconds."""
    folder = Path(os.environ[SHARED_FOLDER]) / "narrow-graphs" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            with whole_folder(folder) as fresh:
                kind = _KINDS.get(name, name)
                write_graph(kind, declaration(name), module(name), fresh, halved=False)
    (file,) = folder.glob("*.onnx")
    return file


def inputs(name: str, batch: int = 2) -> dict[str, Array]:
    return random_inputs(declaration(name).inputs, batch)


def through_torch(name: str, arrays: dict[str, Array]) -> Array:
    with torch.no_grad():
        result = module(name)(*(torch.from_numpy(array) for array in arrays.values()))
    return np.asarray(result.numpy())
