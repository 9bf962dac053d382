"""Settings of a stream, and the parts of a pipeline that suit them and the kind of pack.

A pack reads either the coefficients of an expression or the face's pixels; nothing else in the
product needs to know which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from reenact.face.expression import ExpressionReader
from reenact.face.measures import measure
from reenact.motion_reader import MotionReader, Reader, RelativeMotionReader
from reenact.presence import Values
from reenact.reenactor import Reenactor
from reenact.smooth import NoSmoothing, Smoother, expression_smoother, motion_smoother
from reenact.types import FaceCrop, Identity, Latent

CALIBRATION_S = 1.0
"""Seconds of calm frames from which a driver's neutral face is learnt."""


@dataclass(frozen=True, slots=True)
class Driving:
    """Settings of a stream: who is driven, and how."""

    identity: Identity
    """The person who is shown."""
    gains: Mapping[str, float] = field(default_factory=dict)
    """Factors by axis of the expression, 1 where none is given; empty for packs that read faces."""
    relative: float | None = None
    """The driver's motion since neutral, times this, is added to the identity's own code
    (g = G(z_B + alpha (z_A1 - z_A0)), eq. 7 of the paper); the motion itself when None."""
    smoothing: float | None = None
    """Strength of the smoothing, from 0 to 1, as a slider sets it; all of it when None."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of a pipeline that depend on the kind of its pack."""

    reader: Reader
    """Reads a face as values of a `MotionCode`; one per stream."""
    smoother: Smoother
    """Smooths these values; one per stream."""
    motion: Callable[[Values], Latent]
    """The motion in W+ that such values mean."""
    neutral: Values
    """The values of a neutral face: all zero, by the contract of packs."""


def parts_for(
    reenactor: Reenactor, driving: Driving, *, neutral: FaceCrop | None, still: bool
) -> Parts:
    """The parts that the reenactor's pack needs: the one place that knows the kinds of packs.

    neutral: the driver's neutral face, learnt when None. still: see `Pipeline`. Raises ValueError
    for settings that mean nothing to the pack, EngineError.
    """
    pack, seconds = reenactor.pack, 0.0 if still else CALIBRATION_S
    if pack.reads == "expression":
        known = None if neutral is None else measure(neutral.landmarks)
        return Parts(
            ExpressionReader(pack.axes, gains=driving.gains, neutral=known, calibration_s=seconds),
            NoSmoothing() if still else expression_smoother(pack.axes),
            motion=reenactor.read_motion,
            neutral=np.zeros(len(pack.axes), np.float32),
        )
    _check_meaning(pack.name, driving, neutral)
    return Parts(
        MotionReader(reenactor)
        if driving.relative is None
        else RelativeMotionReader(reenactor, neutral=neutral, calibration_s=seconds),
        NoSmoothing() if still else motion_smoother(driving.identity.inversion),
        motion=_as_it_is,
        neutral=np.zeros((pack.rows, pack.width), np.float32),
    )


def _check_meaning(pack: str, driving: Driving, neutral: FaceCrop | None) -> None:
    if driving.gains:
        raise ValueError(
            f"pack {pack} reads faces, so gains of single axes mean nothing to it; leave them away"
        )
    if neutral is not None and driving.relative is None:
        raise ValueError(
            f"pack {pack} reads faces as they are, so a neutral face means nothing to it; add "
            "--relative, or leave it away"
        )


def _as_it_is(values: Values) -> Latent:
    return values
