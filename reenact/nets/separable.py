"""A modulated convolution in two thin parts: a filter per channel, and a mix of the channels.

The depthwise-separable kernel of MobileNet (Howard et al., 2017), modulated as in MobileStyleGAN
(Belousov, 2021). At 128 pixels it takes half the time of a whole 3x3 kernel on a processor.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.stylegan2 import EqualLinear, blur_kernel

_SQRT2 = math.sqrt(2.0)


class SeparableConv(nn.Module):
    """Modulated separable convolution, bias, leaky ReLU: (N, I, H, W), (N, D) -> (N, O, ., .).

    It draws what `StyledConv` does with the weight mix[o, i] * taps[i]. With `up` the picture
    doubles: the channels are mixed first, where pixels are few, then each is spread and blurred,
    and the weight is mix[o, i] * taps[o].
    """

    blur: Tensor

    def __init__(self, inputs: int, outputs: int, width: int, *, up: bool = False) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.taps = nn.Parameter(torch.randn(outputs if up else inputs, 1, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.modulation = EqualLinear(width, inputs, bias=1.0)
        self.scale = 1 / math.sqrt(inputs * 9)
        self.up = up
        self.register_buffer("blur", blur_kernel(), persistent=False)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.modulation(w) * self.scale
        y = self._convolve(x * style[:, :, None, None])
        power = style.square() @ self.kernel().square().sum(dim=(2, 3)).T  # (N, O)
        y = y * torch.rsqrt(power + 1e-8)[:, :, None, None]
        return functional.leaky_relu(y + self.bias[:, None, None], 0.2) * _SQRT2

    def kernel(self) -> Tensor:
        """The whole kernel, (O, I, 3, 3)."""
        return self.mix * (self.taps if self.up else self.taps.transpose(0, 1))

    def _convolve(self, x: Tensor) -> Tensor:
        if not self.up:
            y = functional.conv2d(x, self.taps, padding=1, groups=x.shape[1])
            return functional.conv2d(y, self.mix)
        y = functional.conv2d(x, self.mix)
        channels = y.shape[1]
        y = functional.conv_transpose2d(y, self.taps, stride=2, groups=channels)
        blur = self.blur.expand(channels, 1, 4, 4)
        return functional.conv2d(y, blur, padding=1, groups=channels)


def split_kernel(weight: Tensor, *, up: bool) -> tuple[Tensor, Tensor]:
    """Split a whole kernel (O, I, 3, 3) into the nearest mix (O, I, 1, 1) and taps (C, 1, 3, 3).

    C is O with `up`, else I. Each channel's part is its largest singular value's; with it a network
    of whole kernels becomes the start of a separable one.
    """
    kernels = (weight if up else weight.transpose(0, 1)).flatten(2)  # (C, the others, 9)
    left, lengths, right = torch.linalg.svd(kernels, full_matrices=False)
    spread = math.sqrt(9)  # brings the taps to the unit variance of fresh ones
    taps = right[:, 0] * spread
    mix = left[:, :, 0] * lengths[:, :1] / spread
    mix = mix if up else mix.T
    return mix[:, :, None, None].contiguous(), taps.reshape(-1, 1, 3, 3).contiguous()
