"""The single-pass encoders pSp and e4e."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from reenact.nets.fpn_encoder import FpnEncoder
from tests.support.net_states import stir

_NARROW = (8, 8, 16, 32, 40)
_ROWS, _WIDTH = 9, 5  # three coarse rows, four middle ones, two fine ones


def _encoder(*, editing: bool) -> FpnEncoder:
    torch.manual_seed(0)
    net = FpnEncoder(_ROWS, _WIDTH, editing=editing, channels=_NARROW)
    stir(net)
    return net


def _published_maps(net: FpnEncoder, x: Tensor) -> list[Tensor]:
    """The map that each row reads."""
    c1, c2, c3 = net.taps(x)
    upper = torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    state = net.state_dict()
    lateral = functional.conv2d(c2, state["latlayer1.weight"], state["latlayer1.bias"])
    p2 = upper(c3) + lateral
    p1 = upper(p2) + functional.conv2d(c1, state["latlayer2.weight"], state["latlayer2.bias"])
    return [c3] * 3 + [p2] * 4 + [p1] * 2


@pytest.mark.parametrize("editing", [False, True], ids=["psp", "e4e"])
def test_rows_follow_the_published_definition(editing: bool) -> None:
    net = _encoder(editing=editing)
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    maps = _published_maps(net, x)
    expected = torch.stack([net.styles[row](maps[row]) for row in range(_ROWS)], dim=1)
    if editing:
        base = expected[:, 0].clone()
        for row in range(1, _ROWS):
            expected[:, row] += base
    torch.testing.assert_close(net(x), expected, atol=1e-5, rtol=1e-4)


def test_official_layout_has_the_published_tensors() -> None:
    with torch.device("meta"):
        state = FpnEncoder().state_dict()
    assert len(state) == 621
    assert sum(value.numel() for value in state.values()) == 267_161_076
    assert state["latlayer1.weight"].shape == (512, 256, 1, 1)
    assert state["latlayer2.weight"].shape == (512, 128, 1, 1)


@pytest.mark.parametrize(("row", "convolutions"), [(0, 4), (2, 4), (3, 5), (6, 5), (7, 6), (17, 6)])
def test_heads_halve_their_map_down_to_one_pixel(row: int, convolutions: int) -> None:
    with torch.device("meta"):
        names = FpnEncoder().state_dict()
    start, end = f"styles.{row}.convs.", ".weight"
    assert sum(name.startswith(start) and name.endswith(end) for name in names) == convolutions
