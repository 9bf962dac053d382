"""Expression reader: what a driver's face does, relative to that person's neutral face."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from reenact.axes import AXES, FACE_AXES, GAZE_AXES
from reenact.face.calibration import Calibration
from reenact.face.comparison import compare
from reenact.face.measures import FaceMeasures, measure
from reenact.face.old_axes import to_old_axes
from reenact.types import EXPRESSION_AXES, FaceCrop

RANGES = MappingProxyType(
    {"headYaw": (-0.6, 0.6), "headPitch": (-0.4, 0.4), "headRoll": (-0.4, 0.4)}
    | dict.fromkeys(FACE_AXES, (0.0, 1.0))
    | dict.fromkeys(GAZE_AXES, (-1.0, 1.0))
    | {"yaw": (-0.6, 0.6), "pitch": (-0.4, 0.4), "roll": (-0.4, 0.4)}
    | dict.fromkeys(("smile", "brow_left", "brow_right", "gaze_x", "gaze_y"), (-1.0, 1.0))
    | dict.fromkeys(("jaw", "pucker", "blink_left", "blink_right", "furrow"), (0.0, 1.0))
)
"""Lowest and highest value of each of `AXES` and `EXPRESSION_AXES`, approached softly; the useful
ranges, which avatars were trained on."""

KNEES = MappingProxyType(
    {"mouthSmile": 0.03, "mouthFrown": 0.05, "mouthPucker": 0.05, "mouthFunnel": 0.03}
    | {"jawOpen": 0.015, "mouthUpperUp": 0.03, "mouthLowerDown": 0.03, "mouthPress": 0.15}
    | dict.fromkeys(("mouthLeft", "mouthRight"), 0.15)
    | {"eyeBlink": 0.03, "eyeWide": 0.06, "eyeSquint": 0.05}
    | {
        "browInnerUp": 0.05,
        "browOuterUp": 0.05,
        "browDown": 0.05,
        "eyeLookX": 0.05,
        "eyeLookY": 0.08,
    }
)
"""Where an axis, or a pair of a left and a right one, has its full slope; below, it is a square.

So a neutral face's noise, of which an axis that begins at 0 shows the upper half, is not seen, and
the smallest motion beyond it is. Chosen by hand: mostly one to three standard deviations of the
noise that `tools/measure_noise.py` measures and prints. The shift of the mouth and the press of the
lips have more, since what they are read from also changes a little with smiles and turns.
"""

BEND = 0.8
"""Share of its range from which an axis bends towards its end. Chosen by hand."""


class ExpressionReader:
    """Turns landmarks into the coefficients that a pack asks for; one per stream, fed in the order
    of time.

    The neutral face is learnt while the stream runs (`reenact.face.calibration`).
    """

    def __init__(
        self,
        axes: Sequence[str] = AXES,
        *,
        gains: Mapping[str, float] | None = None,
        neutral: FaceMeasures | None = None,
        calibration_s: float = 1.0,
    ) -> None:
        """axes: those that are read, of `AXES` or all of `EXPRESSION_AXES`. gains: factor by
        axis, 1 where none is given. neutral: the neutral face when it is known, so that nothing is
        learnt.

        Raises ValueError for a gain of an axis that is not read.
        """
        unknown = set(gains or {}) - set(axes)
        if unknown:
            raise ValueError(
                f"gains must be of {', '.join(axes)}, got {', '.join(sorted(unknown))}"
            )
        self._axes = tuple(axes)
        self._gains = np.array([(gains or {}).get(axis, 1.0) for axis in axes])
        self._calibration = Calibration(calibration_s, known=neutral)

    def read(self, face: FaceCrop, time: float) -> npt.NDArray[np.float32]:
        """Coefficients in the order, signs and ranges of the axes; time: seconds."""
        now = measure(face.landmarks)
        read = {
            axis: _take_noise_off(axis, value)
            for axis, value in compare(now, self._calibration.update(now, time)).items()
        }
        if self._axes == EXPRESSION_AXES:
            read = to_old_axes(read)
        return shape(np.array([read[axis] for axis in self._axes]) * self._gains, self._axes)

    @property
    def learnt_s(self) -> float | None:
        """Seconds of calm frames learnt from so far."""
        return self._calibration.learnt_s

    def recalibrate(self) -> None:
        """Learn the neutral face anew, from the next calm frames on."""
        self._calibration.restart()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return self._calibration.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._calibration.restore(state)


def shape(raw: npt.NDArray[np.float64], axes: Sequence[str]) -> npt.NDArray[np.float32]:
    """Bends each axis softly into its range; both (len(axes),)."""
    lowest, limit = np.array([RANGES[axis] for axis in axes]).T
    size = np.abs(raw) / limit
    bent = BEND + (1 - BEND) * np.tanh(np.maximum(size - BEND, 0.0) / (1 - BEND))
    limited = np.sign(raw) * np.where(size > BEND, bent, size) * limit
    return np.asarray(np.maximum(limited, lowest), dtype=np.float32)


def without_side(axis: str) -> str:
    """The name of the pair that an axis of `AXES` belongs to, or its own."""
    alone = axis in ("mouthLeft", "mouthRight")
    return axis if alone else axis.removesuffix("Left").removesuffix("Right")


def _take_noise_off(axis: str, value: float) -> float:
    knee = KNEES.get(without_side(axis), 0.0)
    size = abs(value)
    if not knee or not size:
        return value
    return value * (1 - knee / 2 / size if size > knee else size / 2 / knee)
