"""LPIPS (Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
CVPR 2018), version 0.1 on AlexNet, under the names of its two public files."""

import torch
from torch import Tensor, nn

_CHANNELS = (64, 192, 384, 256, 256)
_TAPS = (2, 5, 8, 10, 12)  # modules before each tap, which follows a ReLU
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
"""ImageNet's mean and deviation, as LPIPS states them for pictures in [-1, 1]."""


class Lpips(nn.Module):
    """Distance of two pictures, RGB in [-1, 1], (N, 3, H, W) each -> (N,)."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = _alexnet()
        self.lin0, self.lin1, self.lin2, self.lin3, self.lin4 = map(_Head, _CHANNELS)
        for name, values in (("shift", _SHIFT), ("scale", _SCALE)):
            constant = torch.tensor(values, device="cpu")[:, None, None]
            self.register_buffer(name, constant, persistent=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        heads = (self.lin0, self.lin1, self.lin2, self.lin3, self.lin4)
        pairs = zip(heads, self._directions(first), self._directions(second), strict=True)
        distances = [head((a - b).square()) for head, a, b in pairs]
        return torch.stack(distances).sum(dim=0)

    def _directions(self, picture: Tensor) -> list[Tensor]:
        """The features of each tap, of unit length over the channels."""
        x, start, directions = (picture - self.shift) / self.scale, 0, []
        for end in _TAPS:
            x = self.features[start:end](x)
            # Unlike a plain root, vector_norm has a gradient where every feature is zero.
            length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
            directions.append(x / (length + 1e-10))
            start = end
        return directions


class _Head(nn.Module):
    """Weighs the channels and averages over the picture: (N, C, H, W) -> (N,)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Dropout(), nn.Conv2d(channels, 1, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        weighed: Tensor = self.model(x)
        return weighed.mean(dim=(1, 2, 3))


def _alexnet() -> nn.Sequential:
    """The convolutions of Krizhevsky, "One weird trick for parallelizing convolutional neural
    networks" (2014), up to the last ReLU."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, stride=2), nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, stride=2), nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(),
    )  # fmt: skip
