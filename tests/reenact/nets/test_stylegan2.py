"""The generator against its published definition."""

import pytest
import torch
from torch.nn import functional

from reenact.nets.stylegan2 import (
    EqualLinear,
    ModulatedConv,
    Synthesis,
    blur_kernel,
    upsample,
    w_plus_rows,
)


@pytest.mark.parametrize(("size", "rows"), [(64, 10), (256, 14), (1024, 18)])
def test_w_plus_has_two_rows_per_doubling(size: int, rows: int) -> None:
    assert w_plus_rows(size) == rows


@pytest.mark.parametrize("up", [False, True])
def test_scaling_channels_equals_the_published_per_sample_weights(up: bool) -> None:
    torch.manual_seed(0)
    conv = ModulatedConv(6, 5, 8, up=up)
    x, w = torch.randn(2, 6, 7, 7), torch.randn(2, 8)
    expected = torch.cat([_published(conv, x[i : i + 1], w[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(conv(x, w), expected, atol=1e-5, rtol=1e-4)


def _published(conv: ModulatedConv, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Appendix B of the paper, literally: modulate and demodulate the weights of one sample."""
    weight = conv.weight * conv.scale * conv.modulation(w)[0][None, :, None, None]
    weight = weight * torch.rsqrt(weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8)
    if not conv.up:
        return functional.conv2d(x, weight, padding=1)
    y = functional.pad(functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2), [1] * 4)
    blur = blur_kernel().expand(y.shape[1], 1, 4, 4)
    return functional.conv2d(y, blur, groups=y.shape[1])


def test_upsampling_inserts_zeros_and_filters() -> None:
    picture = torch.randn(1, 3, 4, 4)
    spread = torch.zeros(1, 3, 8, 8)
    spread[:, :, ::2, ::2] = picture
    padded = functional.pad(spread, (2, 1, 2, 1))
    expected = functional.conv2d(padded, blur_kernel().expand(3, 1, 4, 4), groups=3)
    torch.testing.assert_close(upsample(picture), expected)


def test_a_smaller_size_is_the_skip_picture_of_that_resolution() -> None:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 8, 8), 16)
    whole = Synthesis((8, 8, 8), 16)
    whole.load_state_dict(
        {name: value for name, value in net.state_dict().items() if "blocks.2" not in name}
    )
    w = torch.randn(2, net.rows, 16)
    torch.testing.assert_close(net(w, size=16), whole(w[:, : whole.rows]))


def test_fixed_noise_gives_the_same_picture_twice() -> None:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 8), 16)
    torch.nn.init.ones_(net.conv.noise_strength)
    w = torch.randn(1, net.rows, 16)
    torch.testing.assert_close(net(w), net(w), atol=0, rtol=0)


def test_clamp_bounds_the_features() -> None:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 8), 16, clamp=0.1)
    picture = net(100 * torch.randn(1, net.rows, 16))
    assert float(picture.detach().abs().max()) <= 0.3 + 1e-6  # three ToRGB of 0.1 each


def test_a_code_of_w_is_the_same_row_everywhere() -> None:
    torch.manual_seed(0)
    net = Synthesis((8, 8, 8), 16)
    w = torch.randn(2, 16)
    repeated = torch.stack([w] * net.rows, dim=1)
    torch.testing.assert_close(net(w), net(repeated), atol=0, rtol=0)


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_equal_linear_scales_weight_and_bias(multiplier: float) -> None:
    torch.manual_seed(0)
    layer = EqualLinear(9, 5, bias=1.0, multiplier=multiplier)
    x = torch.randn(2, 9)
    expected = x @ (layer.weight * multiplier / 3).T + layer.bias * multiplier
    torch.testing.assert_close(layer(x), expected)
    assert float(layer.bias[0].detach()) * multiplier == pytest.approx(1.0)
