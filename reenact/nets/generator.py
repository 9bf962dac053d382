"""The whole StyleGAN2 generator: mapping network, average code and synthesis, of any size."""

import math
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.assemble import assemble
from reenact.nets.stylegan2 import EqualLinear, Synthesis

_MULTIPLIER = 0.01  # of the mapping's learning rate, StyleGAN2 table 1 (config F)


class Mapping(nn.Module):
    """Gaussian z -> W: (N, width) -> (N, width)."""

    def __init__(self, width: int, layers: int = 8) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            EqualLinear(width, width, multiplier=_MULTIPLIER) for _ in range(layers)
        )

    def forward(self, z: Tensor) -> Tensor:
        x = z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2) * math.sqrt(2.0)
        return x


class Generator(nn.Module):
    """z (N, width) -> picture (N, 3, S, S); `channels`, `noisy` and `clamp` as of `Synthesis`.

    latent_avg: (rows, width), the average code.
    """

    latent_avg: Tensor

    def __init__(
        self, channels: Sequence[int], width: int, z_layers: int = 8, *, noisy: bool = True,
        clamp: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mapping = Mapping(width, z_layers)
        self.synthesis = Synthesis(channels, width, noisy=noisy, clamp=clamp)
        self.register_buffer("latent_avg", torch.zeros(self.synthesis.rows, width))

    @classmethod
    def like(cls, state: MappingOf[str, Tensor], *, clamp: float | None = None) -> Self:
        """Make the generator that `state` holds, of its tensors' sizes and sharing its tensors.

        Raises ValueError when it does not hold exactly a generator's tensors.
        """
        channels, width = _sizes(state)
        layers = sum(name.startswith("mapping.") and name.endswith("weight") for name in state)
        noisy = "synthesis.conv.noise" in state
        return assemble(lambda: cls(channels, width, layers, noisy=noisy, clamp=clamp), state)

    def forward(self, z: Tensor) -> Tensor:
        picture: Tensor = self.synthesis(self.mapping(z))
        return picture


def _sizes(state: MappingOf[str, Tensor]) -> tuple[list[int], int]:
    """Channels of 4, 8 ... S pixels, and the width of a code."""
    try:
        width = state["synthesis.conv.conv.modulation.weight"].shape[1]
        channels = [state["synthesis.conv.bias"].shape[0]]
    except KeyError as error:
        raise ValueError(
            f"expected the tensors of a generator, got {len(state)} without {error}; "
            "convert the published file first"
        ) from error
    while (name := f"synthesis.blocks.{len(channels) - 1}.conv.bias") in state:
        channels.append(state[name].shape[0])
    return channels, width
