"""reenact/face/landmark_net.py: the points that MediaPipe's own run of the net finds."""

import platform
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from skimage.data import astronaut

from export.onnx_graph import OnnxGraph
from reenact.errors import TrackerError
from reenact.face.face_nets import window_round
from reenact.face.geometry import crop_from_quad, quad_of_square, warp
from reenact.face.landmark_net import LandmarkNet
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER, FACE_LANDMARKS
from reenact.types import Image
from tests.support.mediapipe_nets import MediapipeNets

MEAN_PX, WORST_PX = 0.1, 0.5
"""How far our points may be from MediaPipe's, in pixels of a face 512 wide."""


@pytest.fixture(scope="module", params=["x86_64", "aarch64"], ids=["OpenVINO", "ONNX Runtime"])
def net(request: pytest.FixtureRequest) -> Iterator[LandmarkNet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "machine", lambda: request.param)
        patch.setattr("engines.shared._loaded", {})
        yield LandmarkNet(FACE_LANDMARKS)


@pytest.fixture(scope="module")
def mediapipe() -> Iterator[MediapipeNets]:
    with MediapipeNets() as nets:
        yield nets


def cut(picture: Image, square: list[float]) -> Image:
    quad = quad_of_square(np.array(square))
    return warp(picture, crop_from_quad(quad, 192), 192, outside="black")


def check(picture: Image, net: LandmarkNet, mediapipe: MediapipeNets) -> None:
    ours, theirs = net.find(picture), mediapipe.follow(picture)
    assert ours is not None
    assert theirs is not None
    face = window_round(theirs)[3] / 1.5
    away = np.linalg.norm(ours - theirs, axis=1) * 512 / face
    assert away.mean() <= MEAN_PX
    assert away.max() <= WORST_PX


@pytest.mark.parametrize(
    "square",
    [
        pytest.param([224, 120, 0.17, 210], id="upright"),
        pytest.param([224, 120, 0.17, 150], id="close"),
        pytest.param([224, 120, 0.17, 260], id="far"),
        pytest.param([224, 120, -0.3, 210], id="turned left"),
        pytest.param([224, 120, 0.7, 210], id="turned right"),
        pytest.param([260, 140, 0.17, 210], id="aside"),
        pytest.param([205, 105, 0.0, 210], id="cut off"),
        # What is cut out round this eye leaves the net's features.
        pytest.param([250, 120, 0.17, 120], id="eye at the left edge"),
        pytest.param([200, 120, 0.17, 120], id="eye at the right edge"),
    ],
)
def test_points_of_a_photograph_are_those_of_mediapipe(
    square: list[float], net: LandmarkNet, mediapipe: MediapipeNets
) -> None:
    check(cut(astronaut(), square), net, mediapipe)


def test_points_of_the_bundled_clip_are_those_of_mediapipe(
    net: LandmarkNet, mediapipe: MediapipeNets
) -> None:
    for frame in islice(read_frames(DRIVER, probe_video(DRIVER)), 0, 300, 25):
        check(cut(frame.image, [320, 240, 0.0, 400]), net, mediapipe)


@pytest.mark.parametrize("level", [0, 90, 255])
def test_picture_without_a_face_has_no_points(
    level: int, net: LandmarkNet, mediapipe: MediapipeNets
) -> None:
    empty = np.full((192, 192, 3), level, np.uint8)

    assert net.find(empty) is None
    assert mediapipe.follow(empty) is None


def write_net(path: Path, sides: tuple[int | str, int | str], presence: float) -> Path:
    """A net that sees all 478 points in the corner of any picture."""
    graph = OnnxGraph()
    graph.rename(graph.constant(np.zeros((1, 478, 3))), "landmarks")
    graph.rename(graph.constant([presence]), "presence")
    model = graph.model(
        [helper.make_tensor_value_info("picture", TensorProto.UINT8, (1, *sides, 3))],
        [
            helper.make_tensor_value_info("landmarks", TensorProto.FLOAT, (1, 478, 3)),
            helper.make_tensor_value_info("presence", TensorProto.FLOAT, (1,)),
        ],
    )
    path.write_bytes(model.SerializeToString())
    return path


def test_side_is_that_of_the_net(tmp_path: Path) -> None:
    net = LandmarkNet(write_net(tmp_path / "net.onnx", (256, 256), presence=0.51))

    assert net.side == 256
    assert net.find(np.zeros((256, 256, 3), np.uint8)) is not None


@pytest.mark.parametrize("presence", [0.5, float("nan")])
def test_presence_must_be_above_a_half(tmp_path: Path, presence: float) -> None:
    net = LandmarkNet(write_net(tmp_path / "net.onnx", (64, 64), presence))

    assert net.find(np.zeros((64, 64, 3), np.uint8)) is None


@pytest.mark.parametrize("sides", [(64, 32), ("height", "width")], ids=["not square", "free"])
def test_net_of_no_one_side_is_refused(tmp_path: Path, sides: tuple[int, int]) -> None:
    with pytest.raises(TrackerError, match="must take one square picture"):
        LandmarkNet(write_net(tmp_path / "net.onnx", sides, presence=1.0))
