"""Adaptive average pooling between fixed sizes, in operations that every inference runtime has."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class AdaptivePool(nn.Module):
    """Square maps to square maps: (N, C, inputs, inputs) -> (N, C, outputs, outputs).

    Equals `torch.nn.functional.adaptive_avg_pool2d`. Windows of unequal sizes are a constant
    matrix, applied to the rows and to the columns.
    """

    matrix: Tensor | None

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.window = inputs // outputs
        matrix = None if inputs % outputs == 0 else pooling_matrix(inputs, outputs)
        self.register_buffer("matrix", matrix, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.matrix is not None:
            return self.matrix @ x @ self.matrix.T
        return x if self.window == 1 else functional.avg_pool2d(x, self.window)


def pooling_matrix(inputs: int, outputs: int) -> Tensor:
    """Make the matrix (outputs, inputs) whose row i averages the inputs from floor(i r) up to
    ceil((i + 1) r), where r = inputs / outputs; on the CPU, under a meta device too."""
    matrix = torch.zeros(outputs, inputs, device="cpu")
    for index in range(outputs):
        start, end = index * inputs // outputs, -(-(index + 1) * inputs // outputs)
        matrix[index, start:end] = 1 / (end - start)
    return matrix
