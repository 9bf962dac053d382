"""The avatar network: a code per avatar, the motion network and the generator, trained together."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.stylegan2 import EqualLinear, Synthesis
from reenact.types import EXPRESSION_AXES

_OCTAVES = (0.5, 1.0, 2.0)
"""Frequencies of the Fourier features, in half turns per unit of a coefficient: the last one makes
a whole turn while an eye closes, from 0 to 1."""
_HIDDEN = 256


class AvatarNet(nn.Module):
    """Avatar index (N,) and expression (N, axes) -> picture (N, channels_out, S, S) in [-1, 1].

    Indices of (N, rows) mix people: each row of the code is that of its own person. axes: length of
    an expression, thirteen in the first pack. channels_out: 3 for RGB, 4 with straight alpha.
    quick: drawn by `QuickSynthesis`, whose channels end at half the picture's side.
    """

    def __init__(
        self, people: int, channels: Sequence[int], width: int, *,
        axes: int = len(EXPRESSION_AXES), channels_out: int = 3, quick: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.synthesis = (
            QuickSynthesis(channels, width, colours=channels_out)
            if quick
            else Synthesis(channels, width, noisy=False, colours=channels_out)
        )
        for block in self.synthesis.levels:
            nn.init.zeros_(block.to_rgb.conv.weight)  # a new size starts as the blown-up old one
        rows = self.synthesis.rows
        self.identities = nn.Parameter(torch.randn(people, rows, width))
        self.motion = ExpressionMotion(axes, rows, width)

    def forward(self, person: Tensor, expression: Tensor, *, size: int | None = None) -> Tensor:
        row = torch.arange(self.synthesis.rows, device=person.device)
        people = person if person.ndim == 2 else person[:, None]
        w = self.identities[people, row] + self.motion(expression)
        picture: Tensor = self.synthesis(w, size=size)
        return picture


class ExpressionMotion(nn.Module):
    """Expression coefficients (N, axes) -> motion (N, rows, width), an offset in W+.

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
