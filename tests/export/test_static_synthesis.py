"""The static form draws the same picture as the network it is made from."""

import numpy as np
import pytest
import torch

from export.static_synthesis import (
    StaticPicture,
    StaticSynthesis,
    UpForm,
    fold_blur,
    interleave,
    split_phases,
)
from reenact.nets.stylegan2 import Synthesis, blur_kernel


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


def test_huge_codes_leave_the_feature_maps_small() -> None:
    net = _net(noisy=False)
    static = StaticPicture(net)
    heights: list[float] = []
    for layer in [static.conv, *static.ups, *static.convs]:
        layer.register_forward_hook(lambda *call: heights.append(call[2].values.abs().max().item()))
    w = torch.randn(3, net.rows, 16)
    with torch.no_grad():
        static(w)
        usual, heights[:] = max(heights), []
        static(1e4 * w)
    assert max(heights) < 4 * usual


def test_dead_filters_and_dead_styles_are_drawn_as_the_network_does() -> None:
    net = _net(noisy=False)
    with torch.no_grad():
        net.levels[0].conv.conv.weight[1] = 0
        net.levels[1].conv.conv.modulation.weight.zero_()
        net.levels[1].conv.conv.modulation.bias.zero_()
        w = torch.randn(2, net.rows, 16)
        torch.testing.assert_close(StaticPicture(net)(w), net(w), atol=1e-5, rtol=1e-4)


def test_four_phases_equal_the_transposed_convolution_and_blur() -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(5, 3, 3, 3), torch.randn(2, 3, 6, 6)
    y = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    blur = blur_kernel().expand(5, 1, 4, 4)
    expected = torch.nn.functional.conv2d(y, blur, padding=1, groups=5)
    phases = torch.nn.functional.conv2d(x, split_phases(fold_blur(weight)), padding=1)
    torch.testing.assert_close(interleave(phases), expected, atol=1e-4, rtol=1e-4)
