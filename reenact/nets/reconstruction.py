"""The picture of a code in the size that the encoders read."""

from torch import Tensor, nn

from reenact.nets.adaptive_pool import AdaptivePool
from reenact.nets.stylegan2 import Synthesis


class Reconstruction(nn.Module):
    """W+ (N, rows, width) -> picture (N, 3, size, size): the synthesis, averaged and unclamped."""

    def __init__(self, synthesis: Synthesis, size: int = 256) -> None:
        super().__init__()
        self.synthesis = synthesis
        self.pool = AdaptivePool(synthesis.size, size)

    def forward(self, w: Tensor) -> Tensor:
        picture: Tensor = self.pool(self.synthesis(w))
        return picture
