"""The head that the published W+ encoders end in, one per row of the code."""

from torch import Tensor, nn

from reenact.nets.stylegan2 import EqualLinear


class StyleHead(nn.Module):
    """Map (N, C, S, S) of at most 2 ** halvings pixels -> one row of W+ (N, width)."""

    def __init__(self, inputs: int, width: int, halvings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(halvings):
            source = width if index else inputs
            layers += [nn.Conv2d(source, width, 3, stride=2, padding=1), nn.LeakyReLU(0.01)]
        self.convs = nn.Sequential(*layers)
        self.linear = EqualLinear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        row: Tensor = self.linear(self.convs(x).flatten(1))
        return row
