"""The kernels of a synthesis network with constant weights, in the forms that backends are fast at.

A transposed convolution followed by its blur is one 6x6 kernel, and that is four 3x3 convolutions
and a depth-to-space; unfolded it is a quarter of that work, which pays where the blur is fast.
"""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.stylegan2 import blur_kernel

UpForm: TypeAlias = Literal["phases", "transposed", "blurred"]
"""The form of an up-sampling convolution.

"phases" is four 3x3 kernels and an interleave, "transposed" one transposed 6x6 kernel, "blurred"
one transposed 3x3 kernel and the blur.
"""


class WholeKernel(nn.Module):
    """Convolves (N, I, H, W) with a kernel (O, I, 3, 3); `up` doubles and blurs the result."""

    weight: Tensor
    blur: Tensor

    def __init__(self, weight: Tensor, up: UpForm | None) -> None:
        super().__init__()
        self.up = up
        self.register_buffer("weight", _lay_out(weight, up))
        if up == "blurred":
            self.register_buffer("blur", blur_kernel().repeat(len(weight), 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        if self.up == "transposed":
            return functional.conv_transpose2d(x, self.weight, stride=2, padding=2)
        if self.up == "blurred":
            y = functional.conv_transpose2d(x, self.weight, stride=2)
            return functional.conv2d(y, self.blur, padding=1, groups=len(self.blur))
        y = functional.conv2d(x, self.weight, padding=1)
        return y if self.up is None else interleave(y)


class SeparableKernel(nn.Module):
    """Convolves by `SeparableConv`'s mix (O, I, 1, 1) and taps; `up` mixes, doubles and blurs.

    A channel at a time, the transposed 6x6 kernel is the fastest form of doubling everywhere.
    """

    mix: Tensor
    taps: Tensor

    def __init__(self, mix: Tensor, taps: Tensor, *, up: bool) -> None:
        super().__init__()
        self.up = up
        self.register_buffer("mix", mix)
        self.register_buffer("taps", fold_blur(taps) if up else taps)

    def forward(self, x: Tensor) -> Tensor:
        groups = len(self.taps)
        if self.up:
            y = functional.conv2d(x, self.mix)
            return functional.conv_transpose2d(y, self.taps, stride=2, padding=2, groups=groups)
        return functional.conv2d(
            functional.conv2d(x, self.taps, padding=1, groups=groups), self.mix
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


def _lay_out(weight: Tensor, up: UpForm | None) -> Tensor:
    if up is None:
        return weight
    if up == "phases":
        return split_phases(fold_blur(weight))
    return (weight if up == "blurred" else fold_blur(weight)).transpose(0, 1).contiguous()
