"""Expression coefficients -> motion in W+, for packs that read expressions instead of pixels."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.stylegan2 import EqualLinear

_OCTAVES = (0.5, 1.0, 2.0)
_HIDDEN = 256


class ExpressionMotion(nn.Module):
    """(N, 13) coefficients -> (N, rows, width) offsets in W+.

    Fourier features (Tancik et al., NeurIPS 2020) let a small network follow sharp changes such as
    a closing eye.
    """

    octaves: Tensor

    def __init__(self, axes: int, rows: int, width: int) -> None:
        super().__init__()
        self.rows, self.width = rows, width
        octaves = torch.tensor(_OCTAVES, device="cpu") * math.pi
        self.register_buffer("octaves", octaves, persistent=False)
        self.first = EqualLinear(axes * (1 + 2 * len(_OCTAVES)), _HIDDEN)
        self.second = EqualLinear(_HIDDEN, _HIDDEN)
        self.last = EqualLinear(_HIDDEN, rows * width)

    def forward(self, expression: Tensor) -> Tensor:
        phases = (expression[:, :, None] * self.octaves).flatten(1)
        x = torch.cat([expression, phases.sin(), phases.cos()], dim=1)
        x = functional.leaky_relu(self.first(x), 0.2) * math.sqrt(2.0)
        x = functional.leaky_relu(self.second(x), 0.2) * math.sqrt(2.0)
        return torch.unflatten(self.last(x), 1, (self.rows, self.width))
