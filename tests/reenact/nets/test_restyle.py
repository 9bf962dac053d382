"""The ReStyle encoders and their loop."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.ir_se50 import IRSE50
from reenact.nets.restyle import RestyleEncoder, invert
from reenact.nets.style_head import StyleHead
from reenact.nets.stylegan2 import Synthesis
from tests.support.net_states import stir

_NARROW = (8, 8, 16, 32, 40)
_ROWS, _WIDTH = 6, 5


def _encoder(*, progressive: bool = False) -> RestyleEncoder:
    torch.manual_seed(0)
    net = RestyleEncoder(_ROWS, _WIDTH, progressive=progressive, channels=_NARROW)
    stir(net)
    return net


def _synthesis() -> Synthesis:
    torch.manual_seed(1)
    net = Synthesis((6, 6, 4), _WIDTH)
    stir(net)
    return net


def _random(*shape: int, seed: int = 2) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _head(head: nn.Module, x: Tensor) -> Tensor:
    """Slope 0.01 behind the convolutions, a weight stored unscaled at the end."""
    state = head.state_dict()
    for index in (0, 2, 4, 6):
        weight, bias = state[f"convs.{index}.weight"], state[f"convs.{index}.bias"]
        x = functional.conv2d(x, weight, bias, stride=2, padding=1)
        x = torch.where(x > 0, x, 0.01 * x)
    width = state["linear.weight"].shape[1]
    code: Tensor = x.flatten(1) @ state["linear.weight"].T / math.sqrt(width) + state["linear.bias"]
    return code


def test_head_follows_the_published_definition() -> None:
    torch.manual_seed(0)
    head = StyleHead(7, _WIDTH, 4)
    stir(head)
    x = _random(2, 7, 16, 16)
    torch.testing.assert_close(head(x), _head(head, x), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("progressive", [False, True], ids=["psp", "e4e"])
def test_rows_follow_the_published_definition(progressive: bool) -> None:
    net, x = _encoder(progressive=progressive), _random(2, 6, 64, 64)
    features = IRSE50.forward(net, x)
    first = _head(net.styles[0], features)
    rows = [_head(head, features) for head in net.styles]
    if progressive:
        rows[1:] = [first + row for row in rows[1:]]
    torch.testing.assert_close(net(x), torch.stack(rows, dim=1), atol=1e-5, rtol=1e-4)


def test_official_layout_has_the_published_tensors() -> None:
    with torch.device("meta"):
        state = RestyleEncoder().state_dict()
    assert len(state) == 565
    assert sum(value.numel() for value in state.values()) == 205_610_164
    assert state["input_layer.0.weight"].shape == (64, 6, 3, 3)
    assert state["styles.17.convs.6.weight"].shape == (512, 512, 3, 3)


def test_loop_adds_the_average_code_once_and_feeds_the_picture_back() -> None:
    encoder, synthesis = _encoder(), _synthesis()
    faces, latent_avg = _random(2, 3, 8, 8), 5 * _random(_ROWS, _WIDTH, seed=3)
    average = functional.avg_pool2d(synthesis(latent_avg[None]), 2).repeat(2, 1, 1, 1)
    codes = encoder(torch.cat([faces, average], dim=1)) + latent_avg
    for _ in range(4):
        picture = functional.avg_pool2d(synthesis(codes), 2)
        codes = encoder(torch.cat([faces, picture], dim=1)) + codes
    got = invert(encoder, synthesis, faces, latent_avg)
    torch.testing.assert_close(got, codes, atol=1e-5, rtol=1e-4)


def test_the_same_face_gives_the_same_code_twice() -> None:
    encoder, synthesis = _encoder(), _synthesis()
    face, latent_avg = _random(1, 3, 16, 16), _random(_ROWS, _WIDTH, seed=3)
    once, twice = (invert(encoder, synthesis, face, latent_avg, steps=2) for _ in range(2))
    assert torch.equal(once, twice)
