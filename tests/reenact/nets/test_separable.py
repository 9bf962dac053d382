"""The separable convolution against a whole one with the same kernel."""

import pytest
import torch

from reenact.nets.separable import SeparableConv, split_kernel
from reenact.nets.stylegan2 import StyledConv


@pytest.mark.parametrize("up", [False, True])
def test_it_draws_what_a_whole_kernel_of_the_same_weights_draws(up: bool) -> None:
    torch.manual_seed(0)
    thin, whole = SeparableConv(6, 5, 8, up=up), StyledConv(6, 5, 8, 7, up=up, noisy=False)
    with torch.no_grad():
        thin.bias.normal_()
        whole.conv.weight.copy_(thin.kernel())
        whole.conv.modulation.load_state_dict(thin.modulation.state_dict())
        whole.bias.copy_(thin.bias)
        x, w = torch.randn(2, 6, 7, 7), torch.randn(2, 8)
        torch.testing.assert_close(thin(x, w), whole(x, w), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("up", [False, True])
def test_a_kernel_that_is_separable_is_split_without_loss(up: bool) -> None:
    torch.manual_seed(0)
    thin = SeparableConv(6, 5, 8, up=up)
    expected = thin.kernel().detach()
    with torch.no_grad():
        for part, found in zip((thin.mix, thin.taps), split_kernel(expected, up=up), strict=True):
            part.copy_(found)
    torch.testing.assert_close(thin.kernel().detach(), expected, atol=1e-5, rtol=1e-4)
    assert float(thin.taps.detach().square().mean()) == pytest.approx(1.0)


@pytest.mark.parametrize("up", [False, True])
def test_no_small_change_of_the_parts_brings_them_nearer_to_the_whole_kernel(up: bool) -> None:
    torch.manual_seed(0)
    weight, thin = torch.randn(5, 6, 3, 3), SeparableConv(6, 5, 8, up=up)
    with torch.no_grad():
        for part, found in zip((thin.mix, thin.taps), split_kernel(weight, up=up), strict=True):
            part.copy_(found)
    error = (thin.kernel() - weight).square().sum()
    slopes = torch.autograd.grad(error, [thin.mix, thin.taps])
    assert max(float(slope.abs().max()) for slope in slopes) < 1e-3
    assert float(error.detach()) < 0.8 * float(weight.square().sum())
