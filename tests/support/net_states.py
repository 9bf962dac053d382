"""Random contents for networks under test."""

import torch
from torch import Tensor, nn


def stir(net: nn.Module, seed: int = 0) -> None:
    """Give every tensor that starts as a constant (biases, slopes, statistics) random values.

    Without it, a bias of zero or a unit slope would hide that it is not used.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.ndim > 1 or not value.is_floating_point():
                continue
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(0.5 + noise if name.endswith("var") else value + 0.4 * (noise - 0.5))
    net.eval().requires_grad_(False)


def random_state(net: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """A copy of the stirred state of `net`."""
    stir(net, seed)
    return {name: value.clone() for name, value in net.state_dict().items()}
