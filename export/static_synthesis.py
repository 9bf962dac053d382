"""The StyleGAN2 synthesis network in a form that runs fast everywhere: constant weights only.

Exactly the picture of `reenact.nets.stylegan2.Synthesis`, by four identities. Modulation scales a
convolution's input and demodulation its output (StyleGAN2, appendix B). A transposed convolution
followed by its blur is one 6x6 kernel, and that is four 3x3 convolutions and a depth-to-space;
unfolded it is a quarter of that work, which pays where the blur is fast. The
leaky ReLU commutes with a positive factor d, so lrelu(d y + b) = d lrelu(y + b / d): demodulation
is deferred to the next layer's style and costs nothing per pixel. Demodulation cancels any scale of
a filter and of a style: both are divided by their largest magnitude, so that no feature map
outgrows half precision (StyleGAN2-ADA does the same), whatever the code.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.stylegan2 import ModulatedConv, StyledConv, Synthesis, ToRGB, blur_kernel

_SQRT2 = math.sqrt(2.0)
_EPSILON = 1e-8

UpForm: TypeAlias = Literal["phases", "transposed", "blurred"]
"""The form of an up-sampling convolution.

"phases" is four 3x3 kernels and an interleave, "transposed" one transposed 6x6 kernel, "blurred"
one transposed 3x3 kernel and the blur.
"""


@dataclass(frozen=True, slots=True)
class Features:
    """Feature maps, and a factor per channel that is not multiplied in yet."""

    values: Tensor
    """The feature maps (N, C, H, W), without the factor."""
    owed: Tensor
    """The factor (N, C)."""


class StaticPicture(nn.Module):
    """W+ (N, rows, width) float32 -> picture (N, colours, S, S) float32, unclamped; frozen."""

    constant: Tensor

    def __init__(self, net: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.size, self.rows, self.width = net.size, net.rows, net.width
        self.register_buffer("constant", net.constant.detach())
        self.conv = _StaticConv(net.conv, up)
        self.to_rgb = _StaticToRGB(net.to_rgb)
        self.ups = nn.ModuleList(_StaticConv(block.up, up) for block in net.levels)
        self.convs = nn.ModuleList(_StaticConv(block.conv, up) for block in net.levels)
        self.to_rgbs = nn.ModuleList(_StaticToRGB(block.to_rgb) for block in net.levels)

    def forward(self, w: Tensor) -> Tensor:
        x = self.constant.expand(w.shape[0], -1, -1, -1)
        features = self.conv(Features(x, torch.ones_like(x[:, :, 0, 0])), w[:, 0])
        picture: Tensor = self.to_rgb(features, w[:, 1], None)
        for index in range(len(self.ups)):
            features = self.ups[index](features, w[:, 2 * index + 1])
            features = self.convs[index](features, w[:, 2 * index + 2])
            picture = self.to_rgbs[index](features, w[:, 2 * index + 3], picture)
        return picture


class StaticSynthesis(nn.Module):
    """W+ (N, rows, width) float32 -> picture (N, S, S, 3) uint8 RGB, a fourth its alpha; frozen."""

    def __init__(self, net: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.picture = StaticPicture(net, up)

    def forward(self, w: Tensor) -> Tensor:
        pixels = torch.round(torch.clamp(self.picture(w) * 127.5 + 127.5, 0.0, 255.0))
        return pixels.permute(0, 2, 3, 1).to(torch.uint8)  # TensorRT moves no bytes, only numbers


class _Style(nn.Module):
    """A layer's affine map from W to its style, with the scale multiplied in."""

    weight: Tensor
    bias: Tensor

    def __init__(self, conv: ModulatedConv, gain: float = 1.0) -> None:
        super().__init__()
        affine = conv.modulation
        self.register_buffer("weight", (affine.weight * affine.scale * gain).detach())
        self.register_buffer("bias", (affine.bias * gain).detach())

    def forward(self, w: Tensor) -> Tensor:
        return functional.linear(w, self.weight, self.bias)


class _StaticConv(nn.Module):
    weight: Tensor
    blur: Tensor
    bias: Tensor
    power: Tensor
    epsilon: Tensor
    noise: Tensor | None

    def __init__(self, layer: StyledConv, up: UpForm) -> None:
        super().__init__()
        conv = layer.conv
        self.style = _Style(conv)
        self.up = up if conv.up else None
        self.clamp = layer.clamp
        weight, largest = normalise_filters(conv.weight.detach())
        weight = weight * conv.scale
        self.register_buffer("power", weight.square().sum(dim=(2, 3)).T.contiguous())
        self.register_buffer("epsilon", _EPSILON / largest.square())
        self.register_buffer("weight", _kernel(weight, self.up))
        if self.up == "blurred":
            self.register_buffer("blur", blur_kernel().repeat(len(weight), 1, 1, 1))
        self.register_buffer("bias", layer.bias.detach())
        noise = layer.noise_strength * layer.noise if layer.noisy else None
        self.register_buffer("noise", None if noise is None else noise.detach())

    def forward(self, features: Features, w: Tensor) -> Features:
        style = self.style(w)
        largest = style.abs().amax(dim=1, keepdim=True) + _EPSILON
        y = self._convolve(features.values * _channels(style / largest * features.owed))
        gain = torch.rsqrt(style.square() @ self.power + self.epsilon) * largest
        offset = _channels(self.bias / gain)
        if self.noise is not None:
            offset = offset + self.noise / _channels(gain)
        values, owed = functional.leaky_relu(y + offset, 0.2), gain * _SQRT2
        if self.clamp is not None:
            bound = _channels(self.clamp / owed)
            values = torch.maximum(torch.minimum(values, bound), -bound)
        return Features(values, owed)

    def _convolve(self, x: Tensor) -> Tensor:
        if self.up == "transposed":
            return functional.conv_transpose2d(x, self.weight, stride=2, padding=2)
        if self.up == "blurred":
            y = functional.conv_transpose2d(x, self.weight, stride=2)
            return functional.conv2d(y, self.blur, padding=1, groups=len(self.blur))
        y = functional.conv2d(x, self.weight, padding=1)
        return y if self.up is None else interleave(y)


class _StaticToRGB(nn.Module):
    colours: Tensor
    bias: Tensor
    doubling: Tensor

    def __init__(self, layer: ToRGB) -> None:
        super().__init__()
        conv = layer.conv
        self.style = _Style(conv, conv.scale)
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
        if picture is None:
            return y
        return y + functional.conv_transpose2d(
            picture, self.doubling, stride=2, padding=1, groups=len(self.doubling)
        )


def normalise_filters(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(O, I, K, K) -> filters of largest magnitude 1, and the divisor of each (O,)."""
    largest = weight.abs().amax(dim=(1, 2, 3))
    largest = torch.where(largest > 0, largest, torch.ones_like(largest))
    return weight / largest[:, None, None, None], largest


def fold_blur(weight: Tensor) -> Tensor:
    """(O, I, 3, 3) -> (O, I, 6, 6): a transposed kernel with the x2 blur folded in."""
    outputs, inputs = weight.shape[:2]
    padded = functional.pad(weight.reshape(-1, 1, 3, 3), (3, 3, 3, 3))
    folded = functional.conv2d(padded, blur_kernel()[None, None])
    return folded.reshape(outputs, inputs, 6, 6)


def split_phases(kernel: Tensor) -> Tensor:
    """A transposed kernel (O, I, 6, 6) of stride 2 and padding 2 -> a plain one (4 O, I, 3, 3).

    `interleave` puts the plain convolution's output in place; its channels are (column, row, O).
    """
    phases = [kernel[:, :, row::2, column::2].flip(2, 3) for column in (0, 1) for row in (0, 1)]
    return torch.cat(phases)


def interleave(phases: Tensor) -> Tensor:
    """(N, 4 C, H, W) -> (N, C, 2 H, 2 W): a depth-to-space in two steps.

    ONNX Runtime's own DepthToSpace took three times as long on a CPU (7.0 against 2.3 ms for
    64 x 128 x 128 on two cores).
    """
    left, right = phases.chunk(2, dim=1)
    wide = torch.stack([left, right], dim=4).flatten(3)
    top, bottom = wide.chunk(2, dim=1)
    return torch.stack([top, bottom], dim=3).flatten(2, 3)


def _kernel(weight: Tensor, up: UpForm | None) -> Tensor:
    if up is None:
        return weight
    if up == "phases":
        return split_phases(fold_blur(weight))
    return (weight if up == "blurred" else fold_blur(weight)).transpose(0, 1).contiguous()


def _channels(factors: Tensor) -> Tensor:
    return factors[:, :, None, None]
