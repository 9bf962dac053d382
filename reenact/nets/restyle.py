"""ReStyle (Alaluf et al., "ReStyle: A Residual-Based StyleGAN Encoder via Iterative Refinement",
ICCV 2021): a face's own W+ code, found in a few steps."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reenact.nets.ir_se50 import CHANNELS, IRSE50
from reenact.nets.reconstruction import Reconstruction
from reenact.nets.style_head import StyleHead
from reenact.nets.stylegan2 import Synthesis


class RestyleEncoder(IRSE50):
    """[face | current picture] in [-1, 1] (N, 6, 256, 256) -> step in W+ (N, rows, width).

    progressive: the ReStyle-e4e flavour, whose rows are offsets from the first one; otherwise
    ReStyle-pSp. Their tensors look alike.
    """

    def __init__(
        self, rows: int = 18, width: int = 512, *, progressive: bool = False,
        channels: Sequence[int] = CHANNELS,
    ) -> None:  # fmt: skip
        super().__init__(6, channels=channels)
        self.progressive = progressive
        self.styles = nn.ModuleList(StyleHead(channels[-1], width, 4) for _ in range(rows))

    def forward(self, x: Tensor) -> Tensor:
        features = super().forward(x)
        step = torch.stack([style(features) for style in self.styles], dim=1)
        if not self.progressive:
            return step
        return torch.cat([step[:, :1], step[:, :1] + step[:, 1:]], dim=1)


@torch.no_grad()
def invert(
    encoder: RestyleEncoder, synthesis: Synthesis, face: Tensor, latent_avg: Tensor, steps: int = 5
) -> Tensor:
    """Find the W+ code (N, rows, width) of each `face` (N, 3, 256, 256), in [-1, 1].

    latent_avg: (rows, width), where the search starts; `steps` is at least one.
    """
    draw = Reconstruction(synthesis, face.shape[-1])
    w = latent_avg[None]
    for _ in range(steps):
        picture = draw(w).expand_as(face)
        w = w + encoder(torch.cat([face, picture], dim=1))
    return w
