"""The static form draws the same picture as the network it is made from."""

import numpy as np
import pytest
import torch

from export.static_synthesis import StaticSynthesis, blurred, four_phases, interleaved
from reenact.nets.stylegan2 import Synthesis, blur_kernel


def _net(*, noisy: bool) -> Synthesis:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 6, 4), 16, noisy=noisy)
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim <= 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return net


@pytest.mark.parametrize("noisy", [False, True])
def test_static_form_differs_by_rounding_only(noisy: bool) -> None:
    net = _net(noisy=noisy)
    w = torch.randn(3, net.rows, 16)
    with torch.no_grad():
        expected = (net(w) * 127.5 + 127.5).clamp(0, 255).permute(0, 2, 3, 1).numpy()
        got = StaticSynthesis(net)(w).numpy()
    assert got.dtype == np.uint8
    assert np.abs(got - expected).max() <= 0.51


def test_four_phases_equal_the_transposed_convolution_and_blur() -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(5, 3, 3, 3), torch.randn(2, 3, 6, 6)
    y = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    blur = blur_kernel().expand(5, 1, 4, 4)
    expected = torch.nn.functional.conv2d(y, blur, padding=1, groups=5)
    phases = torch.nn.functional.conv2d(x, four_phases(blurred(weight)), padding=1)
    torch.testing.assert_close(interleaved(phases), expected, atol=1e-4, rtol=1e-4)


def test_clamped_network_is_refused() -> None:
    with pytest.raises(ValueError, match="conv_clamp"):
        StaticSynthesis(Synthesis((8, 8), 16, clamp=256.0))
