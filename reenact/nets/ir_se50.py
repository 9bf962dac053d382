"""The IR-SE50 backbone of ArcFace and of the encoders built on it (Deng et al., "ArcFace", CVPR
2019; Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018), under its public tensor names."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

CHANNELS = (64, 64, 128, 256, 512)
"""Channels of the stem and of the four stages of all published networks."""
_UNITS = (3, 4, 14, 3)  # units of each stage
_TAPS = (7, 21, 24)  # units before the maps of 1/4, 1/8 and 1/16 of the input's size


class IRSE50(nn.Module):
    """Picture in [-1, 1] (N, inputs, S, S) -> map (N, channels[4], S / 16, S / 16).

    channels: of the stem and the four stages.
    """

    def __init__(self, inputs: int = 3, *, channels: Sequence[int] = CHANNELS) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.input_layer = nn.Sequential(
            nn.Conv2d(inputs, channels[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.PReLU(channels[0]),
        )
        self.body = nn.Sequential(*_units(channels))

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.body(self.input_layer(x))
        return features

    def taps(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The maps of 1/4, 1/8 and 1/16 of the input's size."""
        start, maps = 0, [self.input_layer(x)]
        for end in _TAPS:
            maps.append(self.body[start:end](maps[-1]))
            start = end
        return maps[1], maps[2], maps[3]


def channels_of(state: Mapping[str, Tensor]) -> tuple[int, ...]:
    """The `channels` of the backbone whose tensors `state` holds."""
    firsts = [f"body.{sum(_UNITS[:stage])}.res_layer.1.weight" for stage in range(len(_UNITS))]
    return tuple(state[name].shape[0] for name in ("input_layer.0.weight", *firsts))


def _units(channels: Sequence[int]) -> list[nn.Module]:
    units: list[nn.Module] = []
    for inputs, outputs, count in zip(channels, channels[1:], _UNITS, strict=False):
        units.append(_Unit(inputs, outputs, stride=2))
        units += [_Unit(outputs, outputs, stride=1) for _ in range(count - 1)]
    return units


class _Unit(nn.Module):
    """Shortcut plus residual, with no activation after the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.PReLU(outputs),
            nn.Conv2d(outputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            _SqueezeExcitation(outputs),
        )
        self.shortcut_layer: nn.Sequential | None = None
        if inputs != outputs:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        residual: Tensor = self.res_layer(x)
        if self.shortcut_layer is None:
            return residual + x[:, :, :: self.stride, :: self.stride]
        shortcut: Tensor = self.shortcut_layer(x)
        return residual + shortcut


class _SqueezeExcitation(nn.Module):
    """Scales each channel by a weight that depends on the averages of all channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(channels // 16, 1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1, bias=False)
        self.fc2 = nn.Conv2d(squeezed, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = torch.relu(self.fc1(x.mean(dim=(2, 3), keepdim=True)))
        return x * torch.sigmoid(self.fc2(squeezed))
