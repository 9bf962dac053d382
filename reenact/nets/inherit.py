"""The first weights of a quick synthesis network, from a trained one of whole kernels."""

import math

import torch
from torch import Tensor, nn

from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.separable import SeparableConv, split_kernel
from reenact.nets.stylegan2 import EqualLinear, StyledConv, Synthesis, ToRGB


@torch.no_grad()
def inherit(net: QuickSynthesis, old: Synthesis) -> None:
    """Begin `net` with what `old` has learnt, up to half of the size of `net`.

    Where `net` has more channels than `old`, the old ones do not see the new ones, so that with
    whole kernels the picture is that of `old`; where it has fewer, the last ones are left out.
    Separable kernels begin as near as they can, the picture of full size as the blown-up smaller
    one, and an alpha that `old` lacks as opaque. Raises ValueError for another width of codes, or
    when `old` draws smaller pictures than half of those of `net`.
    """
    if old.width != net.width or old.size < net.size // 2:
        raise ValueError(
            f"a network of codes of {net.width} and {net.size} pixels inherits from one of the "
            f"same codes and at least half the pixels, got {old.width} and {old.size} pixels"
        )
    _fit(net.constant, old.constant)
    _inherit_conv(net.conv, old.conv)
    _inherit_colours(net.to_rgb, old.to_rgb)
    net.to_rgb.bias[old.colours :] = 1
    for block, source in zip(net.levels, old.levels, strict=False):
        _inherit_conv(block.up, source.up)
        _inherit_conv(block.conv, source.conv)
        _inherit_colours(block.to_rgb, source.to_rgb)


def _inherit_conv(layer: nn.Module, source: nn.Module) -> None:
    assert isinstance(source, StyledConv)
    weight = source.conv.weight
    if isinstance(layer, SeparableConv):
        mix, taps = split_kernel(weight, up=layer.up)
        _fit_kernel(layer.mix, mix)
        _fit(layer.taps, taps)
        _inherit_style(layer.modulation, source.conv.modulation)
        _fit(layer.bias, source.bias)
        return
    assert isinstance(layer, StyledConv)
    _fit_kernel(layer.conv.weight, weight)
    _inherit_style(layer.conv.modulation, source.conv.modulation)
    _fit(layer.bias, source.bias)


def _inherit_colours(layer: ToRGB, source: ToRGB) -> None:
    weight = source.conv.weight
    layer.conv.weight.zero_()
    # A ToRGB is not demodulated, so the scale of its weights by the channels' number matters.
    _fit(layer.conv.weight, weight * math.sqrt(layer.conv.weight.shape[1] / weight.shape[1]))
    _inherit_style(layer.conv.modulation, source.conv.modulation)
    _fit(layer.bias, source.bias)


def _inherit_style(affine: EqualLinear, source: EqualLinear) -> None:
    _fit(affine.weight, source.weight)
    _fit(affine.bias, source.bias)


def _fit_kernel(kernel: Tensor, source: Tensor) -> None:
    """Fill the corner of `kernel`; its old outputs do not see inputs that `source` lacks."""
    outputs, inputs = source.shape[:2]
    kernel[:outputs, inputs:] = 0
    _fit(kernel, source)


def _fit(tensor: Tensor, source: Tensor) -> None:
    """Fill the corner of `tensor` that it shares with `source`."""
    corner = tuple(slice(min(sides)) for sides in zip(tensor.shape, source.shape, strict=True))
    tensor[corner] = source[corner]
