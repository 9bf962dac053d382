"""The layers of a synthesis network with constant weights.

They draw exactly what those of `reenact.nets` draw, by three identities. Modulation scales a
convolution's input and demodulation its output (StyleGAN2, appendix B). The leaky ReLU commutes
with a positive factor d, so lrelu(d y + b) = d lrelu(y + b / d): demodulation is deferred to the
next layer's style and costs nothing per pixel. Demodulation cancels any scale of a filter and of a
style: both are divided by their largest magnitude, so that no feature map outgrows half precision
(StyleGAN2-ADA does the same), whatever the code.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.static_kernels import SeparableKernel, UpForm, WholeKernel, normalise_filters
from reenact.nets.separable import SeparableConv
from reenact.nets.stylegan2 import EqualLinear, ModulatedConv, StyledConv, ToRGB, blur_kernel

_SQRT2 = math.sqrt(2.0)
_EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Features:
    """Feature maps, and a factor per channel that is not multiplied in yet."""

    values: Tensor
    """The feature maps (N, C, H, W), without the factor."""
    owed: Tensor
    """The factor (N, C)."""


class StaticConv(nn.Module):
    """A modulated convolution, whole or separable, with noise, bias and leaky ReLU."""

    bias: Tensor
    power: Tensor
    epsilon: Tensor
    noise: Tensor | None

    def __init__(
        self, conv: ModulatedConv | SeparableConv, weight: Tensor, bias: Tensor,
        kernel: Callable[[Tensor], nn.Module], *, noise: Tensor | None, clamp: float | None,
    ) -> None:  # fmt: skip
        """Take over `conv`, whose whole kernel is `weight`.

        kernel: makes the convolution from the factor (O,) that its outputs are scaled by.
        """
        super().__init__()
        weight, largest = normalise_filters(weight.detach())
        self.style = _Style(conv.modulation)
        self.kernel = kernel(conv.scale / largest)
        self.clamp = clamp
        self.register_buffer("power", (weight * conv.scale).square().sum(dim=(2, 3)).T.contiguous())
        self.register_buffer("epsilon", _EPSILON / largest.square())
        self.register_buffer("bias", bias.detach())
        self.register_buffer("noise", noise)

    def forward(self, features: Features, w: Tensor) -> Features:
        style = self.style(w)
        largest = style.abs().amax(dim=1, keepdim=True) + _EPSILON
        y = self.kernel(features.values * _channels(style / largest * features.owed))
        gain = torch.rsqrt(style.square() @ self.power + self.epsilon) * largest
        offset = _channels(self.bias / gain)
        if self.noise is not None:
            offset = offset + self.noise / _channels(gain)
        values, owed = functional.leaky_relu(y + offset, 0.2), gain * _SQRT2
        if self.clamp is not None:
            bound = _channels(self.clamp / owed)
            values = torch.maximum(torch.minimum(values, bound), -bound)
        return Features(values, owed)


def static_conv(layer: nn.Module, up: UpForm) -> StaticConv:
    """The static form of a `StyledConv` or `SeparableConv`; `up` is for the former."""
    if isinstance(layer, SeparableConv):
        return _static_separable(layer)
    if not isinstance(layer, StyledConv):
        raise TypeError(f"a {type(layer).__name__} has no static form")
    conv = layer.conv
    noise = (layer.noise_strength * layer.noise).detach() if layer.noisy else None

    def kernel(factor: Tensor) -> WholeKernel:
        weight = conv.weight.detach() * factor[:, None, None, None]
        return WholeKernel(weight, up if conv.up else None)

    return StaticConv(conv, conv.weight, layer.bias, kernel, noise=noise, clamp=layer.clamp)


def _static_separable(layer: SeparableConv) -> StaticConv:
    def kernel(factor: Tensor) -> SeparableKernel:
        mix = layer.mix.detach() * factor[:, None, None, None]
        return SeparableKernel(mix, layer.taps.detach(), up=layer.up)

    return StaticConv(layer, layer.kernel(), layer.bias, kernel, noise=None, clamp=None)


class StaticToRGB(nn.Module):
    """The picture of some features, added to the blown-up picture so far."""

    colours: Tensor
    bias: Tensor
    doubling: Tensor

    def __init__(self, layer: ToRGB) -> None:
        super().__init__()
        conv = layer.conv
        self.style = _Style(conv.modulation, conv.scale)
        self.clamp = layer.clamp
        self.register_buffer("colours", conv.weight.detach())
        self.register_buffer("bias", layer.bias[:, None, None].detach())
        self.register_buffer("doubling", blur_kernel().repeat(len(layer.bias), 1, 1, 1))

    def forward(self, features: Features, w: Tensor, picture: Tensor | None) -> Tensor:
        style = self.style(w) * features.owed
        largest = style.abs().amax(dim=1, keepdim=True) + _EPSILON
        y = functional.conv2d(features.values * _channels(style / largest), self.colours)
        y = y * _channels(largest) + self.bias
        if self.clamp is not None:
            y = y.clamp(-self.clamp, self.clamp)
        return y if picture is None else y + self.blow_up(picture)

    def blow_up(self, picture: Tensor) -> Tensor:
        """`stylegan2.upsample` for a picture of this layer's colours."""
        return functional.conv_transpose2d(
            picture, self.doubling, stride=2, padding=1, groups=len(self.doubling)
        )


class _Style(nn.Module):
    """A layer's affine map from W to its style, with the scale multiplied in."""

    weight: Tensor
    bias: Tensor

    def __init__(self, affine: EqualLinear, gain: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("weight", (affine.weight * affine.scale * gain).detach())
        self.register_buffer("bias", (affine.bias * gain).detach())

    def forward(self, w: Tensor) -> Tensor:
        return functional.linear(w, self.weight, self.bias)


def _channels(factors: Tensor) -> Tensor:
    return factors[:, :, None, None]
