"""E_m of Jahoda and Cech, "Pose and Facial Expression Transfer by using StyleGAN" (CVWW 2024).

It encodes a face's pose and expression in W+, in the layout of pSp's "last layer into W+" encoder.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reenact.nets.adaptive_pool import AdaptivePool
from reenact.nets.ir_se50 import CHANNELS, IRSE50
from reenact.nets.stylegan2 import EqualLinear

_POOLED = 7


class MotionFeatures(IRSE50):
    """Face in [-1, 1] (N, 3, size, size) -> features h (N, features)."""

    def __init__(
        self, *, features: int = 512, channels: Sequence[int] = CHANNELS, size: int = 256
    ) -> None:
        super().__init__(channels=channels)
        self.size = size
        self.output_layer_2 = nn.Sequential(
            nn.BatchNorm2d(channels[-1]),
            AdaptivePool(size // 16, _POOLED),
            nn.Flatten(),
            nn.Linear(channels[-1] * _POOLED * _POOLED, features),
        )

    def features(self, x: Tensor) -> Tensor:
        """Compute the features h (N, features), of which all that follows is an affine function."""
        h: Tensor = self.output_layer_2(super().forward(x))
        return h


class MotionEncoder(MotionFeatures):
    """Face in [-1, 1] (N, 3, size, size) -> motion code (N, rows, width)."""

    def __init__(
        self, rows: int = 18, width: int = 512, *, features: int = 512,
        channels: Sequence[int] = CHANNELS, size: int = 256,
    ) -> None:  # fmt: skip
        super().__init__(features=features, channels=channels, size=size)
        self.rows, self.width = rows, width
        self.linear = EqualLinear(features, rows * width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.unflatten(self.linear(self.features(x)), 1, (self.rows, self.width))
