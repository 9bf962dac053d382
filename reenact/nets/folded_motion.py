"""The exact form of M(E_m(face) (+) identity) for a live path.

Everything behind E_m's features is affine, so the motion half is one matrix and the identity half
one constant per person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reenact.nets.assemble import assemble
from reenact.nets.ir_se50 import CHANNELS
from reenact.nets.motion_encoder import MotionEncoder, MotionFeatures

_CHUNK = 512  # rows of M at a time; at full size 38 MB of them in float64


class FoldedMotion(MotionFeatures):
    """Face in [-1, 1] (N, 3, size, size) -> motion (N, rows, width), zero for `resting` features.

    State: that of `MotionFeatures`, `matrix` (rows * width, features) and `resting` (features).
    """

    resting: Tensor

    def __init__(
        self, rows: int = 18, width: int = 512, *, features: int = 512,
        channels: Sequence[int] = CHANNELS, size: int = 256,
    ) -> None:  # fmt: skip
        super().__init__(features=features, channels=channels, size=size)
        self.rows, self.width = rows, width
        self.matrix = nn.Parameter(torch.zeros(rows * width, features))
        self.register_buffer("resting", torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        motion = nn.functional.linear(self.features(x) - self.resting, self.matrix)
        return torch.unflatten(motion, 1, (self.rows, self.width))


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """M(E_m(face) (+) identity) = motion(face) + weight @ vec(identity) + bias."""

    motion: FoldedMotion
    """Network of the motion half."""
    weight: Tensor
    """Matrix of the identity half, (rows * width, rows * width)."""
    bias: Tensor
    """Constant of the identity half, (rows * width,)."""


@torch.no_grad()
def fold(encoder: MotionEncoder, weight: Tensor, bias: Tensor, resting_face: Tensor) -> Folded:
    """Split `Transfer`'s `weight` and `bias`, behind `encoder`, into motion and identity.

    resting_face: (1, 3, size, size) in [-1, 1], the face of zero motion; its own motion goes into
    the identity's constant. `weight` may be memory-mapped: it is read in pieces, once each half.
    """
    codes = encoder.rows * encoder.width
    resting = encoder.features(resting_face)[0]
    linear = encoder.linear
    inner = torch.cat([linear.weight * linear.scale, linear.bias[:, None]], dim=1).double()
    outer = torch.empty(codes, inner.shape[1], dtype=torch.float64)
    for start in range(0, codes, _CHUNK):
        rows = slice(start, start + _CHUNK)
        outer[rows] = weight[rows, codes:].double() @ inner
    matrix, offset = outer[:, :-1], outer[:, -1]
    constant = bias.double() + offset + matrix @ resting.double()
    motion = _fold_encoder(encoder, matrix.float(), resting)
    return Folded(motion, weight[:, :codes].contiguous(), constant.float())


def _fold_encoder(encoder: MotionEncoder, matrix: Tensor, resting: Tensor) -> FoldedMotion:
    state = {
        name: value
        for name, value in encoder.state_dict().items()
        if not name.startswith("linear.")
    }
    return assemble(
        lambda: FoldedMotion(
            encoder.rows, encoder.width, features=len(resting), channels=encoder.channels,
            size=encoder.size,
        ),
        state | {"matrix": matrix, "resting": resting},
    )  # fmt: skip
