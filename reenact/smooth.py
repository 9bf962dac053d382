"""Smoothing that takes the tremble out of what is measured on a face, without making it late.

The One-Euro filter (Casiez, Roussel, Vogel 2012, "1€ Filter", equations 1-5): a low-pass filter
whose cut-off rises with the speed of the signal. One thing is added: speeds below `quiet` count as
noise and do not raise it. Time is that of the frames, never counted in frames.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from reenact.axes import AXES
from reenact.types import MotionCode

Values: TypeAlias = npt.NDArray[np.float64]


class Smoother(Protocol):
    """Smooths the motion of one stream; one per stream, fed in the order of time."""

    def update(self, code: MotionCode) -> MotionCode: ...

    def reset(self) -> None:
        """Forget the past: the next code passes as it is."""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""


class NoSmoothing:
    """Lets every code pass as it is."""

    def update(self, code: MotionCode) -> MotionCode:
        return code

    def reset(self) -> None:
        pass

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


@dataclass(frozen=True, slots=True, eq=False)
class Delay:
    """How late a smoothed signal is, per axis."""

    still: Values
    """Seconds, of a signal that hardly moves."""
    fast: Values
    """Seconds, of a signal that moves with the axis' fast speed."""


class OneEuro:
    """One-Euro filter on arrays of any one shape, with constants that broadcast against it.

    cutoff_hz: the cut-off of a still signal. beta: Hz gained per unit/s of speed beyond `quiet`
    (unit/s).
    fast: the speed (unit/s) at which `delay_s` states the delay. gap_s: after a longer pause, or
    a step back in time, the past is forgotten. Not thread-safe.
    """

    SPEED_CUTOFF_HZ = 8.0
    """Cut-off of the speed's own low-pass filter, which Casiez fixes at 1 Hz for a mouse pointer.
    Chosen by hand: a blink of 100 ms must be known as fast within its first frame or two."""

    def __init__(
        self,
        *,
        cutoff_hz: npt.ArrayLike,
        beta: npt.ArrayLike,
        quiet: npt.ArrayLike = 0.0,
        fast: npt.ArrayLike = 10.0,
        gap_s: float = 0.5,
    ) -> None:
        self._cutoff_hz = np.asarray(cutoff_hz, dtype=np.float64)
        self._beta = np.asarray(beta, dtype=np.float64)
        self._quiet = np.asarray(quiet, dtype=np.float64)
        self._fast = np.asarray(fast, dtype=np.float64)
        self._gap_s = gap_s
        self._last: tuple[Values, Values, float] | None = None

    @property
    def delay_s(self) -> Delay:
        """The time constant 1 / (2 pi cut-off): by so much the output trails a steady motion."""
        still = np.broadcast_to(0.0, np.broadcast_shapes(self._beta.shape, self._fast.shape))
        cutoffs = (self._cutoff(still), self._cutoff(self._fast))
        return Delay(*(1 / (2 * math.pi * cutoff) for cutoff in cutoffs))

    def update(self, code: MotionCode) -> MotionCode:
        values = self.smooth(code.values.astype(np.float64), code.time)
        return MotionCode(values.astype(np.float32), code.time)

    def smooth(self, values: Values, time: float) -> Values:
        """The smoothed `values` of the moment `time`, in seconds."""
        if self._last is None or not 0 <= time - self._last[2] <= self._gap_s:
            self._last = (values.copy(), np.zeros_like(values), time)
            return values
        smoothed, speed, last_time = self._last
        dt = time - last_time
        if dt == 0:
            return smoothed
        pull = _pull(np.array(self.SPEED_CUTOFF_HZ), dt)
        speed = speed + pull * ((values - smoothed) / dt - speed)
        smoothed = smoothed + _pull(self._cutoff(speed), dt) * (values - smoothed)
        self._last = (smoothed, speed, time)
        return smoothed

    def reset(self) -> None:
        self._last = None

    def state(self) -> dict[str, Any]:
        if self._last is None:
            return {}
        values, speed, time = self._last
        return {"values": values.tolist(), "speed": speed.tolist(), "time": time}

    def restore(self, state: dict[str, Any]) -> None:
        self.reset()
        if state:
            values, speed = (np.array(state[key], dtype=np.float64) for key in ("values", "speed"))
            self._last = (values, speed, float(state["time"]))

    def _cutoff(self, speed: Values) -> Values:
        excess: Values = np.maximum(np.abs(speed) - self._quiet, 0.0)
        return self._cutoff_hz + self._beta * excess


class CodeOneEuro(OneEuro):
    """One-Euro filter on a whole code, with one cut-off for all of it, so that its coefficients
    stay together: filtered apart, each would trail by another time, and mix to a code of no person.

    The speed is the root mean square over the coefficients, each in units of `scale`.
    """

    def __init__(
        self, scale: npt.ArrayLike, *, cutoff_hz: float, beta: float, quiet: float, fast: float
    ) -> None:
        super().__init__(cutoff_hz=cutoff_hz, beta=beta, quiet=quiet, fast=fast)
        self._scale = np.asarray(scale, dtype=np.float64)

    def smooth(self, values: Values, time: float) -> Values:
        return super().smooth(values / self._scale, time) * self._scale

    def _cutoff(self, speed: Values) -> Values:
        return super()._cutoff(np.sqrt(np.square(speed).mean()))


def motion_smoother(inversion: npt.NDArray[np.float32], *, gain: float = 1.0) -> CodeOneEuro:
    """A filter for motion in W+, (rows, width), that drives the person whose code is `inversion`.

    Rows of W+ differ twentyfold in scale (standard deviations of inverted codes: 33 to 1.3), so
    each is measured by the spread of that person's own row. Over thousands of coefficients noise
    has a very steady speed: 1.5 % of the spread a frame is 0.43 a second as it is estimated here,
    which `quiet` takes off. What remains is motion: a syllable moves the code by some hundredths
    of the spread in a tenth of a second, a turn of the head by some tenths. Cut-off and beta were
    chosen by hand. gain: factor by which the motion was multiplied.
    """
    spread = inversion.astype(np.float64).std(axis=1, keepdims=True)
    scale = np.maximum(spread, 1e-6) * max(abs(gain), 1e-6)
    return CodeOneEuro(scale, cutoff_hz=1.5, beta=20.0, quiet=0.45, fast=1.5)


@dataclass(frozen=True, slots=True)
class AxisConstants:
    """One-Euro constants of an axis of an expression; a unit is a radian for the head."""

    cutoff_hz: float
    """Cut-off of a still axis."""
    beta: float
    """Hz gained for each unit a second of speed beyond `quiet`."""
    quiet: float
    """Units a second that count as noise."""
    fast: float
    """Units a second of a fast motion, at which the delay is stated."""


_CONSTANTS = MappingProxyType(
    {
        "yaw": AxisConstants(1.0, 8.0, 0.5, 3.0),
        "pitch": AxisConstants(1.0, 8.0, 0.6, 3.0),
        "roll": AxisConstants(1.2, 8.0, 0.3, 3.0),
        "jaw": AxisConstants(1.5, 4.0, 0.8, 10.0),
        "smile": AxisConstants(1.0, 2.5, 1.3, 8.0),
        "pucker": AxisConstants(1.0, 2.5, 2.0, 8.0),
        "blink": AxisConstants(1.2, 5.0, 1.8, 15.0),
        "brow": AxisConstants(0.6, 2.0, 4.0, 10.0),
        "furrow": AxisConstants(0.6, 2.0, 3.0, 10.0),
        "gaze_x": AxisConstants(1.2, 4.0, 2.0, 15.0),
        "gaze_y": AxisConstants(1.0, 4.0, 2.5, 15.0),
        "headYaw": AxisConstants(1.0, 8.0, 0.5, 3.0),
        "headPitch": AxisConstants(1.0, 8.0, 0.6, 3.0),
        "headRoll": AxisConstants(1.2, 8.0, 0.3, 3.0),
        "jawOpen": AxisConstants(1.5, 4.0, 0.8, 10.0),
        "mouthSmile": AxisConstants(1.0, 2.5, 1.3, 8.0),
        "mouthFrown": AxisConstants(1.0, 2.5, 1.8, 8.0),
        "mouthPucker": AxisConstants(1.0, 2.5, 1.3, 8.0),
        "mouthFunnel": AxisConstants(1.0, 2.5, 1.3, 8.0),
        "mouthUpperUp": AxisConstants(1.5, 4.0, 2.0, 10.0),
        "mouthLowerDown": AxisConstants(1.5, 4.0, 2.0, 10.0),
        "mouth": AxisConstants(0.8, 2.0, 3.0, 8.0),
        "mouthPress": AxisConstants(0.8, 2.0, 3.0, 8.0),
        "cheekPuff": AxisConstants(0.8, 2.0, 3.0, 8.0),
        "eyeBlink": AxisConstants(1.2, 5.0, 1.8, 15.0),
        "eyeWide": AxisConstants(1.0, 3.0, 3.0, 10.0),
        "eyeSquint": AxisConstants(1.0, 3.0, 3.0, 10.0),
        "browInnerUp": AxisConstants(0.8, 2.5, 2.5, 10.0),
        "browOuterUp": AxisConstants(0.8, 2.5, 2.5, 10.0),
        "browDown": AxisConstants(0.8, 2.5, 2.5, 10.0),
        "eyeLookX": AxisConstants(1.2, 4.0, 2.0, 15.0),
        "eyeLookY": AxisConstants(1.0, 4.0, 2.5, 15.0),
    }
)
"""By axis, or by pair of a left and a right one.

`quiet` is three standard deviations a frame, at 30 frames a second, of the noise on a still face
100 pixels wide, rounded by hand. `tools/measure_noise.py` measures it again: most axes come within
two fifths of the value here, gaze_y half above it; roll and jaw are two to three times quieter, and
theirs was set higher by hand. `cutoff_hz` and `beta` were chosen by hand so that noise is cut four
times, while a step of lids, lips or eyes is through within two frames and a blink of 100 ms keeps
nine tenths of its depth (tests/reenact/test_smooth.py). `fast` is a quick nod, word or glance; it
changes no output.
"""


def constants_of(axis: str) -> AxisConstants:
    """The constants of one of `AXES` or `EXPRESSION_AXES`; left and right have the same."""
    for side in ("_left", "_right", "Left", "Right"):
        axis = axis.removesuffix(side)
    return _CONSTANTS[axis]


def expression_smoother(axes: Sequence[str] = AXES) -> OneEuro:
    """A filter for the coefficients of an `ExpressionReader` of these axes.

    A still head and still brows are calmed most. A step of lids, lips or eyes is through within
    two frames at 30 a second, and a blink of 100 ms keeps more than nine tenths of its depth.
    """
    of_axis = [constants_of(axis) for axis in axes]
    return OneEuro(
        cutoff_hz=[axis.cutoff_hz for axis in of_axis],
        beta=[axis.beta for axis in of_axis],
        quiet=[axis.quiet for axis in of_axis],
        fast=[axis.fast for axis in of_axis],
    )


def smoothstep(share: npt.ArrayLike) -> Values:
    """Rise from 0 at `share` 0 to 1 at `share` 1 without a bend at either end: 3 x^2 - 2 x^3."""
    x = np.clip(np.asarray(share, np.float64), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x), np.float64)


def _pull(cutoff_hz: Values, dt: float) -> Values:
    """How far an output moves towards its input in `dt` seconds, 0..1 (Casiez 2012, eq. 4-5)."""
    pull: Values = 1 / (1 + 1 / (2 * math.pi * cutoff_hz * dt))
    return pull
