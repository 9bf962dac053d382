"""M of Jahoda and Cech, "Pose and Facial Expression Transfer by using StyleGAN" (CVWW 2024)."""

import torch
from torch import Tensor, nn


class Transfer(nn.Module):
    """Identity code and motion code -> W+, each (N, rows, width), by one linear layer.

    Its columns are [identity | motion] as in the published weights; the paper's formula has them
    the other way round.
    """

    def __init__(self, rows: int = 18, width: int = 512) -> None:
        super().__init__()
        self.rows, self.width = rows, width
        self.linear = nn.Linear(2 * rows * width, rows * width)

    def forward(self, identity: Tensor, motion: Tensor) -> Tensor:
        codes = torch.cat([identity.flatten(1), motion.flatten(1)], dim=1)
        return torch.unflatten(self.linear(codes), 1, (self.rows, self.width))
