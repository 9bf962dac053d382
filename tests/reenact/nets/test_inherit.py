"""A quick network begins as the picture of the network that it inherits from."""

import pytest
import torch

from reenact.nets.inherit import inherit
from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.separable import split_kernel
from reenact.nets.stylegan2 import StyledConv, Synthesis, upsample

_CHANNELS = (8, 6, 5, 4)


def _old() -> Synthesis:
    torch.manual_seed(0)
    old = Synthesis(_CHANNELS, 12, noisy=False)
    with torch.no_grad():
        for parameter in old.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return old


@pytest.mark.parametrize("channels", [(8, 6, 5), (9, 8, 7), (8, 6, 5, 4)])
def test_with_whole_kernels_the_picture_is_the_old_one(channels: tuple[int, ...]) -> None:
    old, net = _old(), QuickSynthesis(channels, 12, separable_from=999)
    inherit(net, old)
    w = torch.randn(2, old.rows, 12)
    size = net.size // 2
    expected = old(w, size=size)
    torch.testing.assert_close(net(w, size=size), expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(net(w), upsample(expected), atol=1e-5, rtol=1e-4)


def test_separable_layers_inherit_kernels_that_can_be_separated_exactly() -> None:
    old, net = _old(), QuickSynthesis((8, 7, 6), 12, separable_from=8)
    for block in old.levels:
        _separate(block.up)
        _separate(block.conv)
    inherit(net, old)
    w = torch.randn(2, old.rows, 12)
    torch.testing.assert_close(net(w, size=16), old(w, size=16), atol=1e-5, rtol=1e-4)


def _separate(layer: torch.nn.Module) -> None:
    assert isinstance(layer, StyledConv)
    with torch.no_grad():
        mix, taps = split_kernel(layer.conv.weight, up=layer.conv.up)
        layer.conv.weight.copy_(mix * (taps if layer.conv.up else taps.transpose(0, 1)))


def test_fewer_channels_keep_the_first_ones() -> None:
    old, net = _old(), QuickSynthesis((7, 4, 3), 12, separable_from=16)
    inherit(net, old)
    torch.testing.assert_close(net.conv.conv.weight, old.conv.conv.weight[:7, :7])
    torch.testing.assert_close(net.to_rgb.bias, old.to_rgb.bias)


def test_alpha_that_the_old_network_lacks_begins_opaque() -> None:
    old, net = _old(), QuickSynthesis(_CHANNELS, 12, colours=4, separable_from=999)
    inherit(net, old)
    w = torch.randn(2, old.rows, 12)
    picture = net(w, size=32)
    torch.testing.assert_close(picture[:, :3], old(w), atol=1e-5, rtol=1e-4)
    middle = picture[:, 3, 8:24, 8:24]  # zeros beyond the edges are blurred into the border
    torch.testing.assert_close(middle, torch.ones_like(middle))


@pytest.mark.parametrize(
    ("channels", "width", "got"),
    [((8, 6, 5), 10, "got 12 and 32 pixels"), ((8, 6, 5, 4, 4), 12, "got 12 and 32 pixels")],
)
def test_network_of_other_codes_or_smaller_pictures_is_refused(
    channels: tuple[int, ...], width: int, got: str
) -> None:
    with pytest.raises(ValueError, match=got):
        inherit(QuickSynthesis(channels, width), _old())
