"""The whole generator: mapping network, sizes read off tensors."""

import math

import pytest
import torch

from reenact.nets.generator import Generator, Mapping
from reenact.nets.reconstruction import Reconstruction
from tests.support.net_states import random_state, stir

_FULL = (512, 512, 512, 512, 512, 256, 128, 64, 32)


def test_mapping_follows_the_published_definition() -> None:
    torch.manual_seed(0)
    net = Mapping(16, 3)
    stir(net)
    z = torch.randn(2, 16)
    x = z / torch.sqrt((z * z).mean(dim=1, keepdim=True) + 1e-8)
    for layer in net.layers:
        weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
        y = x @ (weight * (0.01 / math.sqrt(16))).T + 0.01 * bias
        x = torch.where(y > 0, y, 0.2 * y) * math.sqrt(2)
    torch.testing.assert_close(net(z), x)


def test_official_size_has_the_published_tensors() -> None:
    with torch.device("meta"):
        state = Generator(_FULL, 512).state_dict()
    # The published 171 tensors less 16 blur kernels of 16 elements, and with the average code.
    assert len(state) == 171 - 16 + 1
    assert sum(value.numel() for value in state.values()) == 33_166_492 - 16 * 16 + 18 * 512


@pytest.mark.parametrize(
    ("channels", "width", "layers", "noisy"),
    [((8, 8, 6, 6, 4), 12, 8, True), ((10, 6), 4, 2, False), (_FULL, 512, 8, True)],
    ids=["64", "8-without-noise", "1024"],
)
def test_sizes_are_read_off_the_tensors(
    channels: tuple[int, ...], width: int, layers: int, noisy: bool
) -> None:
    with torch.device("meta"):
        expected = Generator(channels, width, layers, noisy=noisy)
    net = Generator.like(expected.state_dict(), clamp=256.0)
    assert net.synthesis.channels == channels
    assert net.synthesis.conv.clamp == 256.0
    assert {name: value.shape for name, value in net.state_dict().items()} == {
        name: value.shape for name, value in expected.state_dict().items()
    }


def test_generator_like_a_state_draws_its_picture() -> None:
    net = Generator((8, 6, 4), 12, 2)
    state = random_state(net)
    z = torch.randn(2, 12, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(Generator.like(state)(z), net(z), atol=0, rtol=0)


@pytest.mark.parametrize(
    "lost", ["synthesis.conv.bias", "synthesis.blocks.0.up.bias", "latent_avg"]
)
def test_incomplete_generator_is_refused(lost: str) -> None:
    state = random_state(Generator((8, 6), 4, 2))
    del state[lost]
    with pytest.raises(ValueError, match=lost):
        Generator.like(state)


def test_reconstruction_is_the_averaged_unclamped_picture() -> None:
    net = Generator((8, 6, 4), 12, 2)
    stir(net)
    w = 20 * torch.randn(1, net.synthesis.rows, 12, generator=torch.Generator().manual_seed(0))
    picture = net.synthesis(w)
    expected = picture.reshape(1, 3, 4, 4, 4, 4).mean(dim=(3, 5))
    got = Reconstruction(net.synthesis, 4)(w)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)
    assert float(got.abs().max()) > 1
