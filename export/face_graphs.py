"""The nets of a photo-real pack as graphs, which take pixels and leave the caller nothing to do."""

import torch
from torch import Tensor, nn

from export.static_kernels import UpForm
from export.static_synthesis import StaticPicture
from reenact.nets.adaptive_pool import AdaptivePool
from reenact.nets.arcface import ArcFace
from reenact.nets.folded_motion import FoldedMotion
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import Synthesis
from reenact.packs.interface import PICTURE


class FromPixels(nn.Module):
    """A net that reads an aligned face uint8 (N, 256, 256, 3).

    The graphs `motion`, `similarity`, and `identity` of an encoder that looks once.
    """

    def __init__(self, net: FoldedMotion | ArcFace | FpnEncoder) -> None:
        super().__init__()
        self.net = net

    def forward(self, face: Tensor) -> Tensor:
        result: Tensor = self.net(_from_pixels(face))
        return result


class Refinement(nn.Module):
    """The graph `identity` of ReStyle: a face and the picture so far -> a step in W+.

    Aligned face uint8 (N, 256, 256, 3), picture float32 (N, 3, 256, 256), unclamped -> step
    (N, rows, width).
    """

    def __init__(self, encoder: RestyleEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, face: Tensor, picture: Tensor) -> Tensor:
        step: Tensor = self.encoder(torch.cat([_from_pixels(face), picture], dim=1))
        return step


class StaticReconstruction(nn.Module):
    """The graph `reconstruction`: W+ (N, rows, width) -> float32 (N, 3, 256, 256), unclamped."""

    def __init__(self, synthesis: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.picture = StaticPicture(synthesis, up)
        self.pool = AdaptivePool(synthesis.size, PICTURE[-1])

    def forward(self, w: Tensor) -> Tensor:
        picture: Tensor = self.pool(self.picture(w))
        return picture


def _from_pixels(face: Tensor) -> Tensor:
    """uint8 (N, H, W, 3) -> float32 in [-1, 1] (N, 3, H, W)."""
    return face.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0
