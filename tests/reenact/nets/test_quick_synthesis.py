"""The avatars' synthesis network: its pictures at every size, and how a new size begins."""

import pytest
import torch

from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.separable import SeparableConv
from reenact.nets.stylegan2 import StyledConv, Synthesis, upsample
from tests.support.quick_nets import quick_synthesis


@pytest.mark.parametrize("colours", [3, 4])
@pytest.mark.parametrize("size", [4, 8, 16, 32, None])
def test_pictures_have_every_size_up_to_twice_that_of_the_features(
    colours: int, size: int | None
) -> None:
    net = quick_synthesis(colours=colours)
    side = size or net.size
    assert (net.size, net.rows) == (32, 6)
    assert net(torch.randn(2, net.rows, 12), size=size).shape == (2, colours, side, side)


def test_asking_for_the_whole_size_is_asking_for_none() -> None:
    net = quick_synthesis()
    w = torch.randn(2, net.rows, 12)
    torch.testing.assert_close(net(w, size=32), net(w), atol=0, rtol=0)


@pytest.mark.parametrize("size", [8, 16, 32])
def test_each_size_of_a_fresh_net_begins_as_the_blown_up_smaller_one(size: int) -> None:
    torch.manual_seed(0)
    net = QuickSynthesis((8, 8, 6), 12, separable_from=16)
    w = torch.randn(2, net.rows, 12)
    smaller = net(w, size=size // 2)
    assert float(smaller.detach().std()) > 0.1
    torch.testing.assert_close(net(w, size=size), upsample(smaller))


def test_detail_is_drawn_at_single_pixels_of_the_full_size() -> None:
    net = quick_synthesis()
    w = torch.randn(1, net.rows, 12)
    detail = (net(w) - upsample(net(w, size=16))).detach()
    assert float(detail.diff(dim=3).abs().mean()) > 0.1


def test_a_smaller_size_is_drawn_as_the_published_net_of_whole_kernels_draws_it() -> None:
    net = quick_synthesis(separable_from=16)
    whole = Synthesis((8, 8), 12, noisy=False)
    whole.load_state_dict({name: net.state_dict()[name] for name in whole.state_dict()})
    w = torch.randn(2, net.rows, 12)
    torch.testing.assert_close(net(w, size=8), whole(w[:, : whole.rows]), atol=0, rtol=0)


def test_convolutions_are_separable_from_the_size_that_was_asked_for() -> None:
    net = QuickSynthesis((8, 8, 8, 8, 6), 12)
    assert [type(block.conv) for block in net.levels] == [StyledConv] * 3 + [SeparableConv]
    assert [type(block.up) for block in net.levels] == [StyledConv] * 3 + [SeparableConv]


def test_a_code_of_w_is_the_same_row_everywhere() -> None:
    net = quick_synthesis()
    w = torch.randn(2, 12)
    torch.testing.assert_close(net(w), net(torch.stack([w] * net.rows, dim=1)), atol=0, rtol=0)


@pytest.mark.parametrize("size", [16, None])
def test_a_step_of_training_reaches_each_weight_that_drew_the_picture(size: int | None) -> None:
    net = quick_synthesis()
    net(torch.randn(2, net.rows, 12), size=size).square().mean().backward()
    still = {name for name, value in net.named_parameters() if value.grad is None}
    detail = {name for name, _ in net.named_parameters() if name.startswith("detail")}
    assert still == (set() if size is None else detail)
