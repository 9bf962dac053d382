"""Networks are put together around given tensors."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from reenact.nets.arcface import ArcFace
from reenact.nets.assemble import assemble
from reenact.nets.avatar import AvatarNet
from reenact.nets.folded_motion import FoldedMotion
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.generator import Generator
from reenact.nets.lpips import Lpips
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.transfer import Transfer
from tests.support.net_states import random_state

_NARROW = (4, 4, 6, 8, 10)
_BUILDS: dict[str, Callable[[], nn.Module]] = {
    "generator": lambda: Generator((8, 6), 10, 2),
    "avatars": lambda: AvatarNet(2, (8, 6), 10),
    "motion": lambda: MotionEncoder(4, 6, features=5, channels=_NARROW, size=32),
    "folded": lambda: FoldedMotion(4, 6, features=5, channels=_NARROW, size=32),
    "transfer": lambda: Transfer(2, 3),
    "restyle": lambda: RestyleEncoder(4, 6, channels=_NARROW),
    "fpn": lambda: FpnEncoder(9, 6, channels=_NARROW),
    "arcface": lambda: ArcFace(features=5, channels=_NARROW),
    "lpips": Lpips,
}


@pytest.mark.parametrize("name", _BUILDS)
def test_no_tensor_is_left_without_storage(name: str) -> None:
    net = assemble(_BUILDS[name], random_state(_BUILDS[name]()))
    hidden = [value for module in net.modules() for value in module.buffers(recurse=False)]
    assert not any(value.is_meta for value in (*net.parameters(), *hidden))


def test_given_tensors_are_used_and_not_copied() -> None:
    state = random_state(_BUILDS["transfer"]())
    net = assemble(_BUILDS["transfer"], state)
    assert net.state_dict()["linear.weight"].data_ptr() == state["linear.weight"].data_ptr()


def test_network_is_for_inference_only() -> None:
    net = assemble(_BUILDS["restyle"], random_state(_BUILDS["restyle"]()))
    assert not any(module.training for module in net.modules())
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_half_precision_becomes_float32() -> None:
    state = {name: value.half() for name, value in random_state(_BUILDS["transfer"]()).items()}
    assert assemble(_BUILDS["transfer"], state).state_dict()["linear.bias"].dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"linear.bias": None}, "linear.bias is missing"),
        ({"linear.gain": torch.zeros(1)}, "linear.gain is not part of it"),
        ({"linear.bias": torch.zeros(7)}, r"linear.bias is \(7,\) instead of \(6,\)"),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_differing_states_are_refused(change: dict[str, torch.Tensor | None], words: str) -> None:
    changed = random_state(_BUILDS["transfer"]()) | change
    state = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(ValueError, match=words):
        assemble(_BUILDS["transfer"], state)
