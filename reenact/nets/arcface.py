"""ArcFace (Deng et al., CVPR 2019) on IR-SE50, with the crop and colour order of pSp and ReStyle.

Trained on other crops and probably on BGR, so its similarities compare only with their like.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from reenact.nets.adaptive_pool import AdaptivePool
from reenact.nets.ir_se50 import CHANNELS, IRSE50

_TOP, _LEFT, _SIDE = 35, 32, 188  # the crop within an aligned face of 256 pixels, as pSp takes it
_READS = 112  # pixels of the faces that ArcFace was trained on
_MAP = _READS // 16


class ArcFace(IRSE50):
    """Aligned face, RGB in [-1, 1], (N, 3, 256, 256) -> embedding of unit length (N, features)."""

    def __init__(self, *, features: int = 512, channels: Sequence[int] = CHANNELS) -> None:
        super().__init__(channels=channels)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(channels[-1]),
            nn.Dropout(0.6),
            nn.Flatten(),
            nn.Linear(channels[-1] * _MAP * _MAP, features),
            nn.BatchNorm1d(features),
        )
        self.pool = AdaptivePool(_SIDE, _READS)

    def forward(self, x: Tensor) -> Tensor:
        crop = x[:, :, _TOP : _TOP + _SIDE, _LEFT : _LEFT + _SIDE]
        return functional.normalize(self.output_layer(super().forward(self.pool(crop))), dim=1)
