"""export/macs.py: counts of nets that can be counted by hand, and of published ones."""

import itertools
from pathlib import Path

import pytest
import torch
from torch import nn

from export.macs import macs_of_file, macs_of_module
from export.precision import to_half
from export.to_onnx import to_onnx
from reenact.nets.stylegan2 import Synthesis
from tests.support.narrow_graphs import onnx_file

COUNTED: dict[str, tuple[nn.Module, tuple[int, ...], int]] = {
    "convolution": (nn.Conv2d(3, 5, 3, padding=1), (3, 8, 8), 5 * 64 * 27),
    "grouped": (nn.Conv2d(4, 4, 3, padding=1, groups=4), (4, 8, 8), 4 * 64 * 9),
    "transposed": (nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1), (3, 8, 8), 3 * 64 * 5 * 16),
    "linear": (nn.Linear(7, 5), (7,), 35),
}


@pytest.mark.parametrize(("net", "shape", "macs"), COUNTED.values(), ids=COUNTED.keys())
def test_count_is_that_of_the_hand(
    net: nn.Module, shape: tuple[int, ...], macs: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.onnx"
    to_onnx(net, torch.zeros(2, *shape), path, inputs=["x"], outputs=["y"])

    assert macs_of_file(path) == macs
    assert macs_of_module(net, (torch.zeros(1, *shape),)) == macs


def test_up_sampling_convolutions_count_once_per_pixel_that_they_read() -> None:
    """The published 143.15 GMAC of 1024 pixels (arXiv 2104.04767) count them per pixel written."""
    channels = [min(32768 // size, 512) for size in (4, 8, 16, 32, 64, 128, 256, 512, 1024)]
    pairs = list(itertools.pairwise(channels))
    ups = sum(9 * i * o * (4 << level) ** 2 for level, (i, o) in enumerate(pairs))
    with torch.device("meta"):
        net = Synthesis(channels, 512)
        macs = macs_of_module(net, (torch.zeros(1, net.rows, 512),))

    assert (macs + 3 * ups) / 1e9 == pytest.approx(143.15, rel=0.01)


def test_half_precision_changes_no_count(tmp_path: Path) -> None:
    to_half(onnx_file("synthesis"), tmp_path / "half.onnx")

    assert macs_of_file(tmp_path / "half.onnx") == macs_of_file(onnx_file("synthesis")) > 0
