"""How far a generated picture is from the rendered one, with the weight where people look."""

import torch
from torch import Tensor
from torch.nn import functional

_EYE_RADIUS = 0.075
_MOUTH_RADIUS = 0.10


def detail_weights(centres: Tensor, size: int, detail: float) -> Tensor:
    """Weights >= 1, (N, 1, S, S), from (N, 3, 2) eye, eye, mouth centres in shares of the side."""
    grid = (torch.arange(size, device=centres.device) + 0.5) / size
    radii = centres.new_tensor([_EYE_RADIUS, _EYE_RADIUS, _MOUTH_RADIUS])[None, :, None]
    across = torch.exp(-(((grid - centres[..., 0:1]) / radii) ** 2) / 2)  # (N, 3, S)
    down = torch.exp(-(((grid - centres[..., 1:2]) / (0.75 * radii)) ** 2) / 2)
    bumps = (down[:, :, :, None] * across[:, :, None, :]).amax(dim=1, keepdim=True)
    return 1 + detail * bumps


def picture_loss(generated: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Weighted L1 of the pictures and of their gradients at two scales; all (N, C, S, S)."""
    error = generated - truth
    loss = (weights * error.abs()).mean()
    for _ in range(2):
        loss = loss + (weights[..., 1:] * error.diff(dim=3).abs()).mean()
        loss = loss + (weights[..., 1:, :] * error.diff(dim=2).abs()).mean()
        error = functional.avg_pool2d(error, 2)
        weights = functional.avg_pool2d(weights, 2)
    return loss
