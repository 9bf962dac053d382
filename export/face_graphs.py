"""The nets of a photo-real pack as graphs: pixels in, pixels out, nothing left for the caller."""

import torch
from torch import Tensor, nn

from export.graphs import FACE_SIZE
from export.static_synthesis import StaticPicture, UpForm
from reenact.nets.adaptive_pool import AdaptivePool
from reenact.nets.arcface import ArcFace
from reenact.nets.folded_motion import FoldedMotion
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import Synthesis


class OfFace(nn.Module):
    """Aligned face uint8 (N, 256, 256, 3) -> what `net` makes of it: `motion`, `similarity`, and
    `identity` of an encoder that looks once."""

    def __init__(self, net: FoldedMotion | ArcFace | FpnEncoder) -> None:
        super().__init__()
        self.net = net

    def forward(self, face: Tensor) -> Tensor:
        result: Tensor = self.net(_from_pixels(face))
        return result


class Refinement(nn.Module):
    """Aligned face uint8 (N, 256, 256, 3) and the picture so far float32 (N, 3, 256, 256),
    unclamped -> step in W+ (N, rows, width): `identity` of ReStyle."""

    def __init__(self, encoder: RestyleEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, face: Tensor, picture: Tensor) -> Tensor:
        step: Tensor = self.encoder(torch.cat([_from_pixels(face), picture], dim=1))
        return step


class StaticReconstruction(nn.Module):
    """W+ (N, rows, width) -> picture float32 (N, 3, 256, 256), unclamped: `reconstruction`."""

    def __init__(self, synthesis: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.picture = StaticPicture(synthesis, up)
        self.pool = AdaptivePool(synthesis.size, FACE_SIZE)

    def forward(self, w: Tensor) -> Tensor:
        picture: Tensor = self.pool(self.picture(w))
        return picture


def _from_pixels(face: Tensor) -> Tensor:
    """uint8 (N, H, W, 3) -> float32 in [-1, 1] (N, 3, H, W)."""
    return face.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0
