"""The perceptual distance LPIPS."""

import torch
from torch import Tensor
from torch.nn import functional

from reenact.nets.lpips import Lpips

_CONVOLUTIONS = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))  # index, stride, padding


def _net() -> Lpips:
    torch.manual_seed(0)
    net = Lpips().eval().requires_grad_(False)
    for head in (net.lin0, net.lin1, net.lin2, net.lin3, net.lin4):
        head.get_parameter("model.1.weight").abs_()
    return net


def _pictures(count: int, seed: int = 1) -> Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def _published(state: dict[str, Tensor], first: Tensor, second: Tensor) -> Tensor:
    shift = torch.tensor([-0.030, -0.088, -0.188])[:, None, None]
    scale = torch.tensor([0.458, 0.448, 0.450])[:, None, None]
    a, b = (first - shift) / scale, (second - shift) / scale
    total = torch.zeros(len(first))
    for tap, (index, stride, padding) in enumerate(_CONVOLUTIONS):
        if index in (3, 6):
            a, b = functional.max_pool2d(a, 3, 2), functional.max_pool2d(b, 3, 2)
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        a = functional.conv2d(a, weight, bias, stride=stride, padding=padding).relu()
        b = functional.conv2d(b, weight, bias, stride=stride, padding=padding).relu()
        unit_a, unit_b = (f / (f.square().sum(1, keepdim=True).sqrt() + 1e-10) for f in (a, b))
        head = state[f"lin{tap}.model.1.weight"]
        total += ((unit_a - unit_b).square() * head).sum(dim=1).mean(dim=(1, 2))
    return total


def test_distance_follows_the_published_definition() -> None:
    net, first, second = _net(), _pictures(2), _pictures(2, seed=3)
    expected = _published(net.state_dict(), first, second)
    torch.testing.assert_close(net(first, second), expected, atol=1e-6, rtol=1e-4)
    assert float(expected.min()) > 0


def test_a_picture_is_at_no_distance_from_itself() -> None:
    assert torch.equal(_net()(_pictures(2), _pictures(2)), torch.zeros(2))


def test_gradient_is_finite_where_all_features_are_zero() -> None:
    net = _net()
    net.features[0].get_parameter("bias").fill_(-100.0)  # silences the first tap everywhere
    picture = _pictures(1).requires_grad_()
    net(picture, _pictures(1, seed=3)).sum().backward()
    assert picture.grad is not None
    assert bool(picture.grad.isfinite().all())


def test_official_layout_has_the_published_tensors() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in Lpips().state_dict().items()}
    widths = (64, 192, 384, 256, 256)
    for tap, channels in enumerate(widths):
        assert shapes.pop(f"lin{tap}.model.1.weight") == (1, channels, 1, 1)
    weights = {name: shape for name, shape in shapes.items() if name.endswith("weight")}
    assert weights == {
        "features.0.weight": (64, 3, 11, 11),
        "features.3.weight": (192, 64, 5, 5),
        "features.6.weight": (384, 192, 3, 3),
        "features.8.weight": (256, 384, 3, 3),
        "features.10.weight": (256, 256, 3, 3),
    }
    assert len(shapes) == 10
