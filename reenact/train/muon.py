"""Muon for convolutions, in float32.

Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.

A convolution's weight is seen as the matrix (outputs, inputs x kernel); each step is the momentum
with all its singular values made equal. torch.optim.Muon takes matrices only and computes in
bfloat16, which most CPUs emulate.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_MOMENTUM = 0.95  # this and the iterations are Jordan's own defaults
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: fast, lands in about 0.7..1.2
_ITERATIONS = 5


class Muon:
    """Optimizer with steps of root mean square `rate`, a share of weights of unit variance."""

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
            step = orthogonalise(direction) * max(direction.shape) ** 0.5
            weight.sub_(step.view_as(weight), alpha=self.rate)
            weight.grad = None


def orthogonalise(matrix: Tensor) -> Tensor:
    """Bring the singular values of `matrix` near 1 (Newton-Schulz iteration)."""
    a, b, c = _COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.T if tall else x
    return result
