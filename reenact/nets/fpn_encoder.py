"""The single-pass W+ encoders on a feature pyramid: pSp (Richardson et al., "Encoding in Style",
CVPR 2021) and e4e (Tov et al., "Designing an Encoder for StyleGAN Image Manipulation", 2021)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.ir_se50 import CHANNELS, IRSE50
from reenact.nets.style_head import StyleHead

_COARSE, _MIDDLE = 3, 7  # the first rows read the smallest map, those up to 7 the one twice as big


class FpnEncoder(IRSE50):
    """Face in [-1, 1] (N, 3, 256, 256) -> step from the average code in W+ (N, rows, width).

    editing: e4e, whose rows are offsets from the first one; otherwise pSp. Their tensors look
    alike.
    """

    def __init__(
        self, rows: int = 18, width: int = 512, *, editing: bool = False,
        channels: Sequence[int] = CHANNELS,
    ) -> None:  # fmt: skip
        super().__init__(channels=channels)
        self.editing = editing
        self.styles = nn.ModuleList(
            StyleHead(channels[-1], width, 4 + _level(row)) for row in range(rows)
        )
        self.latlayer1 = nn.Conv2d(channels[-2], channels[-1], 1)
        self.latlayer2 = nn.Conv2d(channels[-3], channels[-1], 1)

    def forward(self, x: Tensor) -> Tensor:
        fine, middle, coarse = self.taps(x)
        middle = _add_enlarged(coarse, self.latlayer1(middle))
        maps = (coarse, middle, _add_enlarged(middle, self.latlayer2(fine)))
        rows = [style(maps[_level(row)]) for row, style in enumerate(self.styles)]
        if self.editing:
            rows = rows[:1] + [rows[0] + row for row in rows[1:]]
        return torch.stack(rows, dim=1)


def _level(row: int) -> int:
    return 0 if row < _COARSE else 1 if row < _MIDDLE else 2


def _add_enlarged(small: Tensor, large: Tensor) -> Tensor:
    size = large.shape[2:]
    enlarged = functional.interpolate(small, size, mode="bilinear", align_corners=True)
    return enlarged + large
