"""The StyleGAN2 synthesis network (Karras et al., "Analyzing and Improving the Image Quality of
StyleGAN", CVPR 2020, sections 2 and 4) in plain PyTorch: modulated convolutions, skip ToRGB.

Modulation scales the input channels and demodulation the output channels, so the weights stay
constant for a whole batch; this equals the published per-sample weights exactly.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

_SQRT2 = math.sqrt(2.0)


def w_plus_rows(size: int) -> int:
    """Number of W+ rows of a generator of `size` pixels: 14 at 256, 18 at 1024."""
    return 2 * int(math.log2(size)) - 2


def blur_kernel() -> Tensor:
    """The (4, 4) filter of every x2 up-sampling, summing to 4; real even under a meta device."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], device="cpu")
    return torch.outer(taps, taps) / 16


class EqualLinear(nn.Module):
    """A linear layer whose weight is stored at unit variance and scaled by 1/sqrt(inputs).

    `multiplier` scales weight and bias once more and slows their learning by as much.
    """

    def __init__(
        self, inputs: int, outputs: int, *, bias: float = 0.0, multiplier: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), bias / multiplier))
        self.scale = multiplier / math.sqrt(inputs)
        self.multiplier = multiplier

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias if self.multiplier == 1 else self.bias * self.multiplier
        return functional.linear(x * self.scale, self.weight, bias)


class ModulatedConv(nn.Module):
    """A convolution whose input channels a style scales: (N, I, H, W), (N, D) -> (N, O, ., .).

    With `up` the picture doubles: a transposed convolution of stride 2 followed by the blur.
    """

    blur: Tensor

    def __init__(
        self, inputs: int, outputs: int, width: int, *, kernel: int = 3, up: bool = False,
        demodulated: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.modulation = EqualLinear(width, inputs, bias=1.0)
        self.scale = 1 / math.sqrt(inputs * kernel * kernel)
        self.up = up
        self.demodulated = demodulated
        self.register_buffer("blur", blur_kernel(), persistent=False)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.modulation(w) * self.scale  # (N, I)
        y = self._convolve(x * style[:, :, None, None])
        if self.demodulated:
            power = style.square() @ self.weight.square().sum(dim=(2, 3)).T  # (N, O)
            y = y * torch.rsqrt(power + 1e-8)[:, :, None, None]
        return y

    def _convolve(self, x: Tensor) -> Tensor:
        if not self.up:
            return functional.conv2d(x, self.weight, padding=self.weight.shape[2] // 2)
        y = functional.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)
        channels = y.shape[1]
        blur = self.blur.expand(channels, 1, 4, 4)
        return functional.conv2d(y, blur, padding=1, groups=channels)


class StyledConv(nn.Module):
    """Modulated convolution, fixed noise where wanted, bias, leaky ReLU with gain sqrt(2)."""

    noise: Tensor

    def __init__(
        self, inputs: int, outputs: int, width: int, size: int, *, up: bool = False,
        noisy: bool = True, clamp: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, width, up=up)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.clamp = clamp
        self.noisy = noisy
        if noisy:
            self.noise_strength = nn.Parameter(torch.zeros(()))
            self.register_buffer("noise", torch.randn(size, size))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        y: Tensor = self.conv(x, w)
        if self.noisy:
            y = y + self.noise_strength * self.noise
        y = functional.leaky_relu(y + self.bias[:, None, None], 0.2) * _SQRT2
        return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)


class ToRGB(nn.Module):
    """Reads the picture off the features and adds it to the up-sampled picture so far."""

    def __init__(
        self, inputs: int, width: int, *, colours: int = 3, clamp: float | None = None
    ) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, colours, width, kernel=1, demodulated=False)
        self.bias = nn.Parameter(torch.zeros(colours))
        self.clamp = clamp

    def forward(self, x: Tensor, w: Tensor, picture: Tensor | None) -> Tensor:
        y: Tensor = self.conv(x, w) + self.bias[:, None, None]
        if self.clamp is not None:
            y = y.clamp(-self.clamp, self.clamp)
        return y if picture is None else y + upsample(picture)


def upsample(picture: Tensor) -> Tensor:
    """Double a (N, C, H, W) picture with the StyleGAN2 filter (zero insertion, pad 2/1, blur)."""
    channels = picture.shape[1]
    blur = blur_kernel().to(picture).expand(channels, 1, 4, 4)
    return functional.conv_transpose2d(picture, blur, stride=2, padding=1, groups=channels)


class Block(nn.Module):
    """One resolution: up-sampling convolution, convolution, ToRGB; consumes three W+ rows."""

    def __init__(self, up: nn.Module, conv: nn.Module, to_rgb: ToRGB) -> None:
        super().__init__()
        self.up, self.conv, self.to_rgb = up, conv, to_rgb

    def forward(self, x: Tensor, w: Tensor, picture: Tensor) -> tuple[Tensor, Tensor]:
        x = self.conv(self.up(x, w[:, 0]), w[:, 1])
        return x, self.to_rgb(x, w[:, 2], picture)


def styled_block(
    inputs: int, outputs: int, width: int, size: int, *, colours: int = 3, noisy: bool = True,
    clamp: float | None = None,
) -> Block:  # fmt: skip
    """Make the published block of `size` pixels; the arguments are those of `Synthesis`."""
    return Block(
        StyledConv(inputs, outputs, width, size, up=True, noisy=noisy, clamp=clamp),
        StyledConv(outputs, outputs, width, size, noisy=noisy, clamp=clamp),
        ToRGB(outputs, width, colours=colours, clamp=clamp),
    )


class Synthesis(nn.Module):
    """W+ -> picture: (N, rows, width) -> (N, colours, S, S), nominally in [-1, 1], unclamped.

    A code of W, (N, width), means that same row everywhere.
    channels: feature channels of 4, 8, 16 ... S pixels. colours: 3, or 4 with alpha. `noisy=False`
    leaves the fixed noise buffers out. `clamp` is the `conv_clamp` of networks trained in half
    precision.
    """

    def __init__(
        self, channels: Sequence[int], width: int, *, colours: int = 3, noisy: bool = True,
        clamp: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.channels = tuple(channels)
        self.width = width
        self.colours = colours
        self.size = 4 << (len(channels) - 1)
        self.rows = w_plus_rows(self.size)
        self.constant = nn.Parameter(torch.randn(1, channels[0], 4, 4))
        self.conv = StyledConv(channels[0], channels[0], width, 4, noisy=noisy, clamp=clamp)
        self.to_rgb = ToRGB(channels[0], width, colours=colours, clamp=clamp)
        self.blocks = nn.ModuleList(
            styled_block(*sizes, width, 8 << i, colours=colours, noisy=noisy, clamp=clamp)
            for i, sizes in enumerate(pairwise(channels))
        )

    @property
    def levels(self) -> list[Block]:
        """The blocks of 8, 16, ... S pixels."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def forward(self, w: Tensor, *, size: int | None = None) -> Tensor:
        """Draw codes `w`; `size` takes the smaller picture that the skips hold at this size."""
        steps = len(self.blocks) if size is None else int(math.log2(size)) - 2
        return self._draw(self._rows_of(w), steps)[1]

    def _rows_of(self, w: Tensor) -> Tensor:
        return w if w.ndim == 3 else w[:, None].expand(-1, self.rows, -1)

    def _draw(self, w: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Features and picture after the first `steps` blocks."""
        x = self.conv(self.constant.expand(w.shape[0], -1, -1, -1), w[:, 0])
        picture: Tensor = self.to_rgb(x, w[:, 1], None)
        for index in range(steps):
            x, picture = self.blocks[index](x, w[:, 2 * index + 1 : 2 * index + 4], picture)
        return x, picture
