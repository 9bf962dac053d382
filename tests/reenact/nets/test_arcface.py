"""The identity network ArcFace."""

import torch
from torch import Tensor
from torch.nn import functional

from reenact.nets.arcface import ArcFace
from tests.support.net_states import stir
from tests.support.published_ir_se50 import compute_maps

_NARROW = (4, 4, 6, 8, 10)


def _net() -> ArcFace:
    torch.manual_seed(0)
    net = ArcFace(features=5, channels=_NARROW)
    stir(net)
    return net


def _faces(count: int) -> Tensor:
    return torch.randn(count, 3, 256, 256, generator=torch.Generator().manual_seed(1))


def test_embedding_follows_the_published_crop_and_head() -> None:
    net, faces = _net(), _faces(2)
    state = net.state_dict()
    crop = functional.adaptive_avg_pool2d(faces[:, :, 35:223, 32:220], (112, 112))
    x = _norm(state, "output_layer.0", compute_maps(state, crop)[-1])
    x = x.flatten(1) @ state["output_layer.3.weight"].T + state["output_layer.3.bias"]
    x = _norm(state, "output_layer.4", x)
    expected = x / x.square().sum(dim=1, keepdim=True).sqrt()
    torch.testing.assert_close(net(faces), expected, atol=1e-5, rtol=1e-4)


def _norm(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    parts = ("running_mean", "running_var", "weight", "bias")
    mean, var, gain, shift = (state[f"{name}.{part}"] for part in parts)
    return functional.batch_norm(x, mean, var, gain, shift)


def test_embedding_of_a_face_does_not_depend_on_its_batch() -> None:
    net, faces = _net(), _faces(2)
    torch.testing.assert_close(net(faces).flip(0), net(faces.flip(0)), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(net(faces).norm(dim=1), torch.ones(2))


def test_official_layout_has_the_published_tensors() -> None:
    with torch.device("meta"):
        state = ArcFace().state_dict()
    assert len(state) == 397
    assert sum(value.numel() for value in state.values()) == 43_824_118
    assert state["output_layer.3.weight"].shape == (512, 25088)
    assert state["output_layer.4.weight"].shape == (512,)
