"""A synthesis network in a form that runs fast everywhere: constant weights only, pixels out.

Exactly the picture of `reenact.nets.stylegan2.Synthesis` or of `QuickSynthesis`; `static_layers`
says by which identities.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.static_kernels import UpForm
from export.static_layers import Features, StaticToRGB, static_conv
from reenact.nets.quick_synthesis import QuickSynthesis
from reenact.nets.stylegan2 import Synthesis


class StaticPicture(nn.Module):
    """W+ (N, rows, width) float32 -> picture (N, colours, S, S) float32, unclamped; frozen."""

    constant: Tensor

    def __init__(self, net: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.size, self.rows, self.width = net.size, net.rows, net.width
        self.register_buffer("constant", net.constant.detach())
        self.conv = static_conv(net.conv, up)
        self.to_rgb = StaticToRGB(net.to_rgb)
        self.ups = nn.ModuleList(static_conv(block.up, up) for block in net.levels)
        self.convs = nn.ModuleList(static_conv(block.conv, up) for block in net.levels)
        self.to_rgbs = nn.ModuleList(StaticToRGB(block.to_rgb) for block in net.levels)
        self.detail = StaticToRGB(net.detail) if isinstance(net, QuickSynthesis) else None

    def forward(self, w: Tensor) -> Tensor:
        x = self.constant.expand(w.shape[0], -1, -1, -1)
        features = self.conv(Features(x, torch.ones_like(x[:, :, 0, 0])), w[:, 0])
        picture: Tensor = self.to_rgb(features, w[:, 1], None)
        for index in range(len(self.ups)):
            features = self.ups[index](features, w[:, 2 * index + 1])
            features = self.convs[index](features, w[:, 2 * index + 2])
            picture = self.to_rgbs[index](features, w[:, 2 * index + 3], picture)
        if self.detail is None:
            return picture
        detail = functional.pixel_shuffle(self.detail(features, w[:, -1], None), 2)
        return self.to_rgb.blow_up(picture) + detail


class StaticSynthesis(nn.Module):
    """W+ (N, rows, width) float32 -> picture (N, S, S, 3) uint8 RGB, a fourth its alpha; frozen."""

    def __init__(self, net: Synthesis, up: UpForm = "phases") -> None:
        super().__init__()
        self.picture = StaticPicture(net, up)

    def forward(self, w: Tensor) -> Tensor:
        pixels = torch.round(torch.clamp(self.picture(w) * 127.5 + 127.5, 0.0, 255.0))
        return pixels.permute(0, 2, 3, 1).to(torch.uint8)  # TensorRT moves no bytes, only numbers
