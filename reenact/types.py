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
"""The axes of an expression vector, in order; all zero is the neutral, frontal face.

yaw, pitch, roll: radians; head turned to the image's right, chin up, top of the head tilted to the
image's right are positive; useful range +-0.6, +-0.4, +-0.4. jaw: 0 closed .. 1 wide open.
smile: -1 frown .. 1. pucker: 0..1. blink: 0 open .. 1 shut. brow: -1 lowered .. 1 raised.
furrow: 0..1. gaze: -1..1, to the image's right and up are positive. Left and right are the
subject's own: left is on the image's right in an unmirrored picture.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a stream and the moment it belongs to.

    `pts` counts units of `time_base` seconds.
    """

    image: Image
    pts: int
    time_base: Fraction

    @property
    def time(self) -> float:
        """Seconds since the stream's zero."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True, eq=False)
class FaceCrop:
    """A face in its FFHQ square.

    image: (S, S, 3). crop_from_frame: (2, 3), frame pixels -> crop pixels.
    landmarks: (478, 3) MediaPipe points in frame pixels; z is in pixels too, smaller is nearer.
    """

    image: Image
    crop_from_frame: Affine
    landmarks: Points


@dataclass(frozen=True, slots=True, eq=False)
class MotionCode:
    """What a driver's face does at one moment.

    values: (13,) expression coefficients in the order of `EXPRESSION_AXES`, or (L, D) motion in W+,
    whichever the pack's motion graph speaks. time: seconds, of the frame it was read from.
    """

    values: npt.NDArray[np.float32]
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A person who can be driven.

    latent: what is added to a driver's motion in W+. inversion: the person's own code in W+, as
    they look at rest in their photographs; what is added to a driver's motion since their rest.
    """

    name: str
    latent: Latent
    inversion: Latent
