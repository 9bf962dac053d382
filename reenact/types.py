"""The central types: plain, frozen data that travels between the parts."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

Points: TypeAlias = npt.NDArray[np.float64]
"""(N, 2) or (N, 3) pixels, (x, y[, z]), origin top left, pixel centres at .5."""

Affine: TypeAlias = npt.NDArray[np.float64]
"""(2, 3); its variable's name says the direction, as in `crop_from_frame`."""

Latent: TypeAlias = npt.NDArray[np.float32]
"""(L, D) float32, a point or an offset in W+."""

EXPRESSION_AXES = (
    "yaw",
    "pitch",
    "roll",
    "jaw",
    "smile",
    "pucker",
    "blink_left",
    "blink_right",
    "brow_left",
    "brow_right",
    "furrow",
    "gaze_x",
    "gaze_y",
)
"""The axes of an expression vector of packs that list none, in order (the others: `reenact.axes`);
all zero is the neutral, frontal face.

yaw, pitch, roll: radians; head turned to the image's right, chin up, top of the head tilted to the
image's right are positive; useful range +-0.6, +-0.4, +-0.4. jaw: 0 closed .. 1 wide open.
smile: -1 frown .. 1. pucker: 0..1. blink: 0 open .. 1 shut. brow: -1 lowered .. 1 raised.
furrow: 0..1. gaze: -1..1, to the image's right and up are positive. Left and right are the
subject's own: left is on the image's right in an unmirrored picture.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a stream and the moment it belongs to."""

    image: Image
    """(H, W, 3) uint8 RGB."""
    pts: int
    """Time since the stream's zero, in units of `time_base`."""
    time_base: Fraction
    """Seconds of one unit of `pts`."""

    @property
    def time(self) -> float:
        """Seconds since the stream's zero."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True, eq=False)
class FaceCrop:
    """A face in its FFHQ square."""

    image: Image
    """(S, S, 3) uint8 RGB, upright."""
    crop_from_frame: Affine
    """(2, 3), frame pixels -> crop pixels."""
    landmarks: Points
    """(478, 3) MediaPipe points in frame pixels; z is in pixels too, smaller is nearer."""


@dataclass(frozen=True, slots=True, eq=False)
class MotionCode:
    """The movement of a driver's face at one moment."""

    values: npt.NDArray[np.float32]
    """(A,) expression coefficients in the order of the pack's axes, or (L, D) motion in W+, as the
    pack's motion graph takes or gives it."""
    time: float
    """Time of the frame it was read from, seconds since the stream's zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A person who can be driven."""

    name: str
    """Name in the pack."""
    latent: Latent
    """(L, D), the constant that a driver's motion is added to."""
    inversion: Latent
    """(L, D), the person's own code, as they look in their photographs; a driver's motion since
    their neutral face is added to it."""
