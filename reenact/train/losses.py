"""Distance of a generated picture from the rendered one, with more weight on eyes and mouth."""

import torch
from torch import Tensor
from torch.nn import functional

_EYE_RADIUS = 0.075
_MOUTH_RADIUS = 0.10
"""Widths of the bumps as shares of the picture's side: about half an eye and half a mouth of the
renderer's faces, which lie in the FFHQ square."""
_FLATNESS = 0.75
"""Height of a bump over its width; eyes and mouths are wider than high."""


def detail_weights(centres: Tensor, size: int, detail: float) -> Tensor:
    """Make weights >= 1, (N, 1, S, S), from (N, 3, 2) centres of eyes and mouth as shares of S."""
    grid = (torch.arange(size, device=centres.device) + 0.5) / size
    radii = centres.new_tensor([_EYE_RADIUS, _EYE_RADIUS, _MOUTH_RADIUS])[None, :, None]
    across = torch.exp(-(((grid - centres[..., 0:1]) / radii) ** 2) / 2)  # (N, 3, S)
    down = torch.exp(-(((grid - centres[..., 1:2]) / (_FLATNESS * radii)) ** 2) / 2)
    bumps = (down[:, :, :, None] * across[:, :, None, :]).amax(dim=1, keepdim=True)
    return 1 + detail * bumps


def over_black_and_white(picture: Tensor) -> Tensor:
    """Lay pictures with straight alpha, (N, 4, S, S), over both: (N, 6, S, S); RGB stays as it is.

    A picture over any backdrop is linear in the backdrop, so an error over it is never larger than
    the larger one of these two. Colour counts as much as it covers, and alpha by what it shows.
    """
    if picture.shape[1] == 3:
        return picture
    colour, alpha = (picture[:, :3] + 1) / 2, (picture[:, 3:] + 1) / 2
    black = colour * alpha
    return torch.cat([black, black + 1 - alpha], dim=1) * 2 - 1


def picture_loss(generated: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Compute the weighted L1 of pictures and their gradients at two scales; all (N, C, S, S)."""
    error = generated - truth
    loss = (weights * error.abs()).mean()
    for _ in range(2):
        loss = loss + (weights[..., 1:] * error.diff(dim=3).abs()).mean()
        loss = loss + (weights[..., 1:, :] * error.diff(dim=2).abs()).mean()
        error = functional.avg_pool2d(error, 2)
        weights = functional.avg_pool2d(weights, 2)
    return loss
