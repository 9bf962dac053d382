"""Reads what a driver's face does, relative to how that person's face rests."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.face.calibration import Calibration
from reenact.face.measures import FaceMeasures, measure
from reenact.types import EXPRESSION_AXES, FaceCrop

Neutral: TypeAlias = FaceMeasures
"""The measures of a person's resting face, looking at the camera."""

RANGES = MappingProxyType(
    {"yaw": (-0.6, 0.6), "pitch": (-0.4, 0.4), "roll": (-0.4, 0.4)}
    | dict.fromkeys(("smile", "brow_left", "brow_right", "gaze_x", "gaze_y"), (-1.0, 1.0))
    | dict.fromkeys(("jaw", "pucker", "blink_left", "blink_right", "furrow"), (0.0, 1.0))
)
"""Lowest and highest value of each axis, approached softly."""

DEAD = MappingProxyType(
    dict.fromkeys(("yaw", "pitch", "roll"), 0.0)
    | {"jaw": 0.04, "smile": 0.10, "pucker": 0.1, "blink_left": 0.12, "blink_right": 0.12}
    | {"brow_left": 0.18, "brow_right": 0.18, "furrow": 0.25, "gaze_x": 0.06, "gaze_y": 0.15}
)
"""What each axis reads on a resting face, from noise and from its neighbours; taken off."""

KNEE = 0.8
"""Share of its range from which an axis bends towards its end."""


class ExpressionReader:
    """Landmarks in, 13 coefficients out; one per stream, fed in the order of time.

    The resting face is learnt from the calm frames of the first `calibration_s` seconds: open
    eyes, closed mouth, head to the front. The first calm frame is trusted at once, later ones
    correct it smoothly.
    """

    def __init__(
        self,
        *,
        gains: Mapping[str, float] | None = None,
        neutral: Neutral | None = None,
        calibration_s: float = 1.0,
    ) -> None:
        """gains: factor by axis, 1 where none is given. neutral: known, so that none is learnt.

        Raises ValueError for an axis that is not one of `EXPRESSION_AXES`.
        """
        unknown = set(gains or {}) - set(EXPRESSION_AXES)
        if unknown:
            raise ValueError(
                f"gains must be of {', '.join(EXPRESSION_AXES)}, got {', '.join(sorted(unknown))}"
            )
        self._gains = np.array([(gains or {}).get(axis, 1.0) for axis in EXPRESSION_AXES])
        self._calibration = Calibration(calibration_s, known=neutral)

    def read(self, face: FaceCrop, time: float) -> npt.NDArray[np.float32]:
        """(13,) in the order, signs and ranges of `EXPRESSION_AXES`; time: seconds."""
        now = measure(face.landmarks)
        raw = compare(now, self._calibration.update(now, time))
        return shape(np.array([raw[axis] for axis in EXPRESSION_AXES]) * self._gains)

    def recalibrate(self) -> None:
        """Learn the resting face anew, from the next calm frames on."""
        self._calibration.restart()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on exactly; JSON-able."""
        return self._calibration.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._calibration.restore(state)


def neutral_of(face: FaceCrop) -> Neutral:
    """The resting face, from one frame that shows it."""
    return measure(face.landmarks)


def compare(now: FaceMeasures, rest: Neutral) -> dict[str, float]:
    """Every axis, about -1..1 (angles: radians), before gains, dead zones and limits.

    The numbers were fitted to photographs and renders that were moved by known amounts.
    """
    yaw, far = now.yaw - rest.yaw, _far_weights(now.yaw)
    opened = now.lips - rest.lips
    widened = now.mouth - rest.mouth + 0.14 * max(opened, 0.0) + 0.1 * yaw**2
    lifted = now.corners - rest.corners - min(0.15 * max(opened, 0.0), 0.03)
    smile = (9.0 if lifted > 0 else 12.0) * lifted + 3.0 * max(widened, 0.0)
    blinks = _blinks(now, rest, far)
    return {
        "yaw": 1.35 * yaw,
        "pitch": 1.45 * (now.pitch - rest.pitch - 0.2 * max(opened, 0.0)),
        "roll": now.roll - rest.roll,
        "jaw": (opened - 0.05 * min(max(smile, 0.0), 1.0)) / 0.3,
        "smile": smile,
        "pucker": (-widened - 1.6 * max(-lifted, 0.0)) / 0.12,
        "blink_left": blinks[0],
        "blink_right": blinks[1],
        **_brows(now, rest, far),
        **_gaze(now, rest, blinks),
    }


def shape(raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Takes the dead zone off each axis and bends it softly into its range; both (13,)."""
    alive = np.sign(raw) * np.maximum(np.abs(raw) - _DEAD, 0.0)
    size = np.abs(alive) / _LIMIT
    bent = KNEE + (1 - KNEE) * np.tanh(np.maximum(size - KNEE, 0.0) / (1 - KNEE))
    limited = np.sign(alive) * np.where(size > KNEE, bent, size) * _LIMIT
    return np.asarray(np.maximum(limited, _LOWEST), dtype=np.float32)


_DEAD = np.array([DEAD[axis] for axis in EXPRESSION_AXES])
_LOWEST, _LIMIT = np.array([RANGES[axis] for axis in EXPRESSION_AXES]).T


def _far_weights(yaw: float) -> tuple[float, float]:
    """How much (left, right) eye and brow are to be believed: at strong yaw, the near ones only."""
    turned = min(max((abs(yaw) - 0.15) / 0.25, 0.0), 1.0)
    far = 1.0 - turned * turned * (3 - 2 * turned)
    return (far, 1.0) if yaw > 0 else (1.0, far)


def _believed(left: float, right: float, weights: tuple[float, float]) -> tuple[float, float]:
    """Each side's value, the far one's replaced by the near one's as far as it is not believed."""
    return (
        weights[0] * left + (1 - weights[0]) * right,
        weights[1] * right + (1 - weights[1]) * left,
    )


def _blinks(now: FaceMeasures, rest: Neutral, weights: tuple[float, float]) -> tuple[float, float]:
    """(left, right) from the opening's ratio to the person's own: shut lids measure about 0.3."""
    nodded = 1.0 - 0.5 * min(abs(now.pitch - rest.pitch), 0.5)
    left = 1.0 - now.eye_left / (rest.eye_left * nodded)
    right = 1.0 - now.eye_right / (rest.eye_right * nodded)
    return _believed(left / 0.6, right / 0.6, weights)


def _brows(now: FaceMeasures, rest: Neutral, weights: tuple[float, float]) -> dict[str, float]:
    turned = (now.yaw - rest.yaw) ** 2
    raised = (
        now.brow_left - rest.brow_left - 0.12 * turned,
        now.brow_right - rest.brow_right - 0.12 * turned,
    )
    left, right = (
        side / 0.055 if side > 0 else side / 0.04 for side in _believed(*raised, weights)
    )
    closer = rest.between_brows - now.between_brows - 0.2 * turned
    furrow = (rest.brow_tilt - now.brow_tilt + 0.6 * closer) / 0.045
    return {"brow_left": left, "brow_right": right, "furrow": furrow * min(weights)}


def _gaze(now: FaceMeasures, rest: Neutral, blinks: tuple[float, float]) -> dict[str, float]:
    """Mean of the eyes, each as far as it is open; behind shut lids the eyes look ahead."""
    left, right = (min(max(1.5 - 1.5 * blink, 0.0), 1.0) for blink in blinks)
    x = left * (now.gaze_x_left - rest.gaze_x_left) + right * (now.gaze_x_right - rest.gaze_x_right)
    y = left * (now.gaze_y_left - rest.gaze_y_left) + right * (now.gaze_y_right - rest.gaze_y_right)
    seen = max(left + right, 0.5)
    return {"gaze_x": x / seen / 0.16, "gaze_y": y / seen / 0.055}
