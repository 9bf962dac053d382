"""The motion encoder, the mapping M, and both folded together."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from reenact.nets.folded_motion import Folded, fold
from reenact.nets.ir_se50 import IRSE50
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.transfer import Transfer
from tests.support.net_states import stir

_NARROW = (8, 8, 16, 32, 40)


def _encoder(rows: int = 3, width: int = 5) -> MotionEncoder:
    torch.manual_seed(0)
    net = MotionEncoder(rows, width, features=6, channels=_NARROW, size=64)
    stir(net)
    return net


def _transfer(rows: int = 3, width: int = 5) -> Transfer:
    torch.manual_seed(1)
    net = Transfer(rows, width)
    stir(net)
    return net


def _faces(count: int, seed: int = 2) -> Tensor:
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def test_motion_encoder_follows_the_published_head() -> None:
    net, faces = _encoder(), _faces(2)
    x = IRSE50.forward(net, faces)
    norm = "output_layer_2.0"
    state = net.state_dict()
    x = functional.batch_norm(
        x, state[f"{norm}.running_mean"], state[f"{norm}.running_var"],
        state[f"{norm}.weight"], state[f"{norm}.bias"],
    )  # fmt: skip
    x = functional.adaptive_avg_pool2d(x, 7).flatten(1)
    h = x @ state["output_layer_2.3.weight"].T + state["output_layer_2.3.bias"]
    code = h @ state["linear.weight"].T / math.sqrt(6) + state["linear.bias"]
    torch.testing.assert_close(net.features(faces), h, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(net(faces), code.reshape(2, 3, 5), atol=1e-5, rtol=1e-4)


def test_official_layouts_have_the_published_tensors() -> None:
    with torch.device("meta"):
        encoder, transfer = MotionEncoder().state_dict(), Transfer().state_dict()
    assert (len(encoder), len(transfer)) == (394, 2)
    assert sum(value.numel() for value in encoder.values()) == 48_549_877
    assert sum(value.numel() for value in transfer.values()) == 169_878_528
    assert encoder["output_layer_2.3.weight"].shape == (512, 25088)
    assert encoder["linear.weight"].shape == (9216, 512)
    assert transfer["linear.weight"].shape == (9216, 18432)


def test_the_first_columns_of_the_transfer_are_the_identity() -> None:
    net = _transfer()
    identity, motion = torch.randn(2, 2, 3, 5, generator=torch.Generator().manual_seed(3))
    weight, bias = net.linear.weight, net.linear.bias
    expected = identity.flatten(1) @ weight[:, :15].T + motion.flatten(1) @ weight[:, 15:].T + bias
    torch.testing.assert_close(net(identity, motion), expected.reshape(2, 3, 5))


def _folded_code(folded: Folded, faces: Tensor, identity: Tensor) -> Tensor:
    constant: Tensor = identity.flatten(1) @ folded.weight.T + folded.bias
    motion: Tensor = folded.motion(faces)
    return constant.reshape(-1, *identity.shape[1:]) + motion


@pytest.mark.parametrize(("rows", "width"), [(3, 5), (10, 64)], ids=["one-piece", "two-pieces"])
def test_folded_path_equals_the_whole(rows: int, width: int) -> None:
    encoder, transfer, faces = _encoder(rows, width), _transfer(rows, width), _faces(2)
    identity = 10 * torch.randn(2, rows, width, generator=torch.Generator().manual_seed(4))
    folded = fold(encoder, transfer.linear.weight, transfer.linear.bias, _faces(1, seed=5))
    expected = transfer(identity, encoder(faces))
    error = (_folded_code(folded, faces, identity) - expected).abs().max() / expected.abs().max()
    assert float(error) < 1e-5


def test_resting_face_has_no_motion() -> None:
    encoder, transfer, resting = _encoder(), _transfer(), _faces(1, seed=5)
    folded = fold(encoder, transfer.linear.weight, transfer.linear.bias, resting)
    assert float(folded.motion(resting).abs().max()) < 1e-6
    assert float(folded.motion(_faces(1)).abs().max()) > 1e-3


def test_folding_shares_the_encoder_and_leaves_it_whole() -> None:
    encoder, transfer = _encoder(), _transfer()
    folded = fold(encoder, transfer.linear.weight, transfer.linear.bias, _faces(1))
    state = folded.motion.state_dict()
    name = "output_layer_2.3.weight"
    assert state[name].data_ptr() == encoder.state_dict()[name].data_ptr()
    assert "linear.weight" in encoder.state_dict()
    assert "linear.weight" not in state


def test_folding_does_not_hold_the_whole_weight() -> None:
    encoder, transfer = _encoder(), _transfer()
    folded = fold(encoder, transfer.linear.weight, transfer.linear.bias, _faces(1))
    assert folded.weight.untyped_storage().nbytes() == 15 * 15 * 4
