"""Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) for
convolutions, in float32.

A convolution's weight is seen as the matrix (outputs, inputs x kernel); each step is the momentum
with all its singular values made equal. torch.optim.Muon takes matrices only and computes in
bfloat16, which most CPUs emulate.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_MOMENTUM = 0.95
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: fast, lands in about 0.7..1.2
_ITERATIONS = 5


class Muon:
    """Steps whose root mean square is `rate`: a share of weights stored at unit variance."""

    def __init__(self, weights: Iterable[nn.Parameter], *, rate: float) -> None:
        self.weights = list(weights)
        self.momenta = [torch.zeros_like(weight) for weight in self.weights]
        self.rate = rate

    @torch.no_grad()
    def step(self) -> None:
        """Apply the gradients and clear them."""
        for weight, momentum in zip(self.weights, self.momenta, strict=True):
            if weight.grad is None:
                continue
            momentum.lerp_(weight.grad, 1 - _MOMENTUM)
            direction = torch.lerp(weight.grad, momentum, _MOMENTUM).flatten(1)
            step = orthogonalised(direction) * max(direction.shape) ** 0.5
            weight.sub_(step.view_as(weight), alpha=self.rate)
            weight.grad = None


def orthogonalised(matrix: Tensor) -> Tensor:
    """`matrix` with its singular values brought near 1 (Newton-Schulz iteration)."""
    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.T if tall else x
    return result
