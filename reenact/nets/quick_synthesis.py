"""The synthesis network of avatars: StyleGAN2's, made for processors.

Nothing is convolved at full size: the features end at half the picture's side, and one layer reads
four pixels off each place (sub-pixel convolution, Shi et al., CVPR 2016). The larger convolutions
are separable. docs/avatar-net.md has the measurements behind both.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.separable import SeparableConv
from reenact.nets.stylegan2 import Block, Synthesis, ToRGB, upsample


class QuickSynthesis(Synthesis):
    """W+ -> picture: (N, rows, width) -> (N, colours, S, S), nominally in [-1, 1], unclamped.

    channels: feature channels of 4, 8, 16 ... S / 2 pixels, so a code has two rows less than one of
    `Synthesis` for that S. colours: 3, or 4 with alpha. separable_from: side in pixels from which
    convolutions are separable.
    The picture at each size begins as the blown-up smaller one.
    """

    def __init__(
        self, channels: Sequence[int], width: int, *, colours: int = 3, separable_from: int = 64
    ) -> None:
        super().__init__(channels, width, colours=colours, noisy=False)
        for index, (inputs, outputs) in enumerate(pairwise(channels)):
            if 8 << index >= separable_from:
                self.blocks[index] = _separable_block(inputs, outputs, width, colours)
        self.detail = ToRGB(channels[-1], width, colours=4 * colours)
        self.size = 2 * self.size
        for layer in (*(block.to_rgb for block in self.levels), self.detail):
            nn.init.zeros_(layer.conv.weight)

    def forward(self, w: Tensor, *, size: int | None = None) -> Tensor:
        """Draw codes `w`; `size` takes the smaller picture that the skips hold at this size."""
        if size is not None and size < self.size:
            return super().forward(w, size=size)
        w = self._rows_of(w)
        x, picture = self._draw(w, len(self.blocks))
        detail: Tensor = self.detail(x, w[:, -1], None)
        return upsample(picture) + functional.pixel_shuffle(detail, 2)


def _separable_block(inputs: int, outputs: int, width: int, colours: int) -> Block:
    return Block(
        SeparableConv(inputs, outputs, width, up=True),
        SeparableConv(outputs, outputs, width),
        ToRGB(outputs, width, colours=colours),
    )
