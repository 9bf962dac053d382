"""The static form draws the same picture as the network it is made from."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engines.base import Engine
from engines.onnx_file import OnnxFile, read_onnx
from engines.openvino_cpu import OpenvinoEngine
from engines.ort import OrtEngine
from export.static_kernels import UpForm, fold_blur, interleave, split_phases
from export.static_layers import static_conv
from export.static_synthesis import StaticPicture, StaticSynthesis
from export.to_onnx import to_onnx
from reenact.nets.separable import SeparableConv
from reenact.nets.stylegan2 import StyledConv, Synthesis, blur_kernel
from tests.support.quick_nets import quick_synthesis


def _net(*, noisy: bool = True, clamp: float | None = None) -> Synthesis:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 6, 4), 16, noisy=noisy, clamp=clamp)
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim <= 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return net


@pytest.mark.parametrize("up", ["phases", "transposed", "blurred"])
@pytest.mark.parametrize("clamp", [None, 0.8], ids=["unclamped", "clamped"])
@pytest.mark.parametrize("noisy", [False, True], ids=["noiseless", "noisy"])
def test_static_form_equals_the_network(noisy: bool, clamp: float | None, up: UpForm) -> None:
    net = _net(noisy=noisy, clamp=clamp)
    w = torch.randn(3, net.rows, 16)
    with torch.no_grad():
        torch.testing.assert_close(StaticPicture(net, up)(w), net(w), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("up", ["phases", "transposed", "blurred"])
@pytest.mark.parametrize("colours", [3, 4])
@pytest.mark.parametrize("separable_from", [8, 16, 64])
def test_static_form_equals_the_avatars_network(
    separable_from: int, colours: int, up: UpForm
) -> None:
    net = quick_synthesis(colours=colours, separable_from=separable_from)
    w = torch.randn(3, net.rows, 12)
    with torch.no_grad():
        torch.testing.assert_close(StaticPicture(net, up)(w), net(w), atol=2e-5, rtol=1e-4)


def test_the_clamp_of_the_test_above_bites() -> None:
    w = torch.randn(3, _net().rows, 16)
    with torch.no_grad():
        assert (_net(clamp=0.8)(w) - _net()(w)).abs().max() > 0.1


def test_pixels_differ_by_rounding_only() -> None:
    net = _net()
    w = torch.randn(3, net.rows, 16)
    with torch.no_grad():
        expected = (net(w) * 127.5 + 127.5).clamp(0, 255).permute(0, 2, 3, 1).numpy()
        got = StaticSynthesis(net)(w).numpy()
    assert got.dtype == np.uint8
    assert np.abs(got - expected).max() <= 0.51


@pytest.mark.parametrize("make", [lambda: _net(noisy=False), quick_synthesis])
def test_huge_codes_leave_the_feature_maps_small(make: Callable[[], Synthesis]) -> None:
    net = make()
    static = StaticPicture(net)
    heights: list[float] = []
    for layer in [static.conv, *static.ups, *static.convs]:
        layer.register_forward_hook(lambda *call: heights.append(call[2].values.abs().max().item()))
    w = torch.randn(3, net.rows, net.width)
    with torch.no_grad():
        static(w)
        usual, heights[:] = max(heights), []
        static(1e4 * w)
    assert max(heights) < 4 * usual


def test_dead_filters_and_dead_styles_are_drawn_as_the_network_does() -> None:
    net = _net(noisy=False)
    first, second = (block.conv for block in net.levels[:2])
    assert isinstance(first, StyledConv)
    assert isinstance(second, StyledConv)
    with torch.no_grad():
        first.conv.weight[1] = 0
        second.conv.modulation.weight.zero_()
        second.conv.modulation.bias.zero_()
        w = torch.randn(2, net.rows, 16)
        torch.testing.assert_close(StaticPicture(net)(w), net(w), atol=1e-5, rtol=1e-4)


def test_dead_filters_and_dead_styles_of_a_separable_layer_are_drawn_too() -> None:
    net = quick_synthesis()
    up, conv = net.levels[1].up, net.levels[1].conv
    assert isinstance(up, SeparableConv)
    assert isinstance(conv, SeparableConv)
    with torch.no_grad():
        up.mix[1] = 0
        conv.taps[2] = 0
        conv.modulation.weight.zero_()
        conv.modulation.bias.zero_()
        w = torch.randn(2, net.rows, 12)
        torch.testing.assert_close(StaticPicture(net)(w), net(w), atol=2e-5, rtol=1e-4)


def test_a_layer_of_another_kind_has_no_static_form() -> None:
    with pytest.raises(TypeError, match="a Linear has no static form"):
        static_conv(nn.Linear(2, 2), "phases")


@pytest.mark.parametrize("colours", [3, 4])
@pytest.mark.parametrize("engine", [OpenvinoEngine, partial(OrtEngine, device="cpu")])
def test_exported_network_draws_the_same_pixels(
    engine: Callable[[OnnxFile], Engine], colours: int, tmp_path: Path
) -> None:
    net, path = quick_synthesis(colours=colours), tmp_path / "synthesis.onnx"
    w = torch.randn(2, net.rows, 12)
    to_onnx(StaticSynthesis(net, "blurred"), w, path, inputs=["w"], outputs=["picture"])
    with torch.no_grad():
        expected = (net(w) * 127.5 + 127.5).clamp(0, 255).permute(0, 2, 3, 1).numpy()
    got = engine(read_onnx(path))(w=w.numpy())["picture"]
    assert got.shape == (2, 32, 32, colours)
    assert expected.std() > 10
    assert np.abs(got - expected).max() <= 0.51


def test_four_phases_equal_the_transposed_convolution_and_blur() -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(5, 3, 3, 3), torch.randn(2, 3, 6, 6)
    y = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    blur = blur_kernel().expand(5, 1, 4, 4)
    expected = torch.nn.functional.conv2d(y, blur, padding=1, groups=5)
    phases = torch.nn.functional.conv2d(x, split_phases(fold_blur(weight)), padding=1)
    torch.testing.assert_close(interleave(phases), expected, atol=1e-4, rtol=1e-4)
