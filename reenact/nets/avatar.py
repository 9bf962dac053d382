"""The avatar network: a code per avatar, the motion network and the generator, trained together."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reenact.nets.expression_motion import ExpressionMotion
from reenact.nets.stylegan2 import Synthesis
from reenact.types import EXPRESSION_AXES


class AvatarNet(nn.Module):
    """Avatar index (N,) and expression (N, 13) -> picture (N, 3, S, S) in [-1, 1]."""

    def __init__(self, people: int, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.synthesis = Synthesis(channels, width, noisy=False)
        for block in self.synthesis.levels:
            nn.init.zeros_(block.to_rgb.conv.weight)  # a new size starts as the blown-up old one
        rows = self.synthesis.rows
        self.identities = nn.Parameter(torch.randn(people, rows, width))
        self.motion = ExpressionMotion(len(EXPRESSION_AXES), rows, width)

    def forward(self, person: Tensor, expression: Tensor, *, size: int | None = None) -> Tensor:
        w = self.identities[person] + self.motion(expression)
        picture: Tensor = self.synthesis(w, size=size)
        return picture
