"""Resizing by the triangle filter of PIL's bilinear, which widens with the shrinking.

The paper's program cuts nothing out of an aligned picture: it resizes it in this way (`Resize` of
torchvision on a PIL picture), so an aligned picture that is enrolled is resized so too.
"""

import numpy as np
import numpy.typing as npt

from reenact.types import Image


def resize(picture: Image, size: int) -> Image:
    """The (H, W, 3) picture as (size, size, 3): first across, then down, rounded after each."""
    across = _round(np.einsum("ow,hwc->hoc", _weights(picture.shape[1], size), picture))
    return _round(np.einsum("oh,hwc->owc", _weights(picture.shape[0], size), across))


def _weights(before: int, after: int) -> npt.NDArray[np.float64]:
    """(after, before): the share that each pixel has of each new one."""
    scale = before / after
    reach = max(scale, 1.0)
    centres = (np.arange(after) + 0.5) * scale
    away = np.abs(np.arange(before)[None] + 0.5 - centres[:, None]) / reach
    weights = np.clip(1 - away, 0, None)
    shares: npt.NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _round(values: npt.NDArray[np.float64]) -> Image:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
