"""The backdrop of pictures that come with alpha."""

import numpy as np

from reenact.types import Image

BACKDROP = (204, 208, 212)
"""Plain light grey, sRGB: hair of every colour stands out from it."""


def lay_over_backdrop(cutout: Image) -> Image:
    """Lay a picture with straight alpha, (H, W, 4) uint8, over `BACKDROP`: (H, W, 3)."""
    alpha = cutout[..., 3:].astype(np.uint16)
    below = np.array(BACKDROP, np.uint16)
    mixed = cutout[..., :3] * alpha + below * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)
