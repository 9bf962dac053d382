"""The IR-SE50 backbone against its published description."""

import pytest
import torch

from reenact.nets.ir_se50 import IRSE50, channels_of
from tests.support.net_states import random_state, stir
from tests.support.published_ir_se50 import compute_maps

_NARROW = (8, 8, 16, 32, 40)


def test_maps_equal_the_published_definition() -> None:
    torch.manual_seed(0)
    net = IRSE50(6, channels=_NARROW)
    state = random_state(net)
    x = torch.randn(2, 6, 32, 32)
    maps = compute_maps(state, x)
    torch.testing.assert_close(net(x), maps[23], atol=1e-5, rtol=1e-4)
    for tap, unit in zip(net.taps(x), (6, 20, 23), strict=True):
        torch.testing.assert_close(tap, maps[unit], atol=1e-5, rtol=1e-4)


def test_taps_are_a_quarter_an_eighth_and_a_sixteenth() -> None:
    net = IRSE50(channels=_NARROW)
    stir(net)
    shapes = [tuple(tap.shape) for tap in net.taps(torch.zeros(1, 3, 64, 64))]
    assert shapes == [(1, 16, 16, 16), (1, 32, 8, 8), (1, 40, 4, 4)]


def test_only_three_units_have_shortcut_tensors() -> None:
    with torch.device("meta"):
        names = IRSE50().state_dict()
    assert {name.split(".")[1] for name in names if "shortcut" in name} == {"3", "7", "21"}


@pytest.mark.parametrize("channels", [(64, 64, 128, 256, 512), _NARROW], ids=["official", "narrow"])
def test_channels_are_read_off_the_tensors(channels: tuple[int, ...]) -> None:
    with torch.device("meta"):
        assert channels_of(IRSE50(channels=channels).state_dict()) == channels
