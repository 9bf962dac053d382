"""Readers of a driver's motion in W+: as it is, or relative to that driver's neutral face."""

import math
from typing import Any, Protocol

import numpy as np

from reenact.face.calibration import LONGEST_STEP_S, SETTLING, why_not_calm
from reenact.face.measures import measure
from reenact.presence import Values
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Image, Latent


class Reader(Protocol):
    """Reads a face as values of a `MotionCode`, of the kind that the pack speaks.

    `reenact.face.expression.ExpressionReader` is one too.
    """

    @property
    def learnt_s(self) -> float | None:
        """Seconds of calm frames learnt from so far; None where nothing is learnt."""

    def read(self, face: FaceCrop, time: float) -> Values: ...

    def recalibrate(self) -> None:
        """Learn the driver's neutral face anew, where it is learnt."""

    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...


class MotionReader:
    """A face in, its motion (rows, width) out; for packs that read faces."""

    learnt_s = None

    def __init__(self, reenactor: Reenactor) -> None:
        self._reenactor = reenactor

    def read(self, face: FaceCrop, time: float) -> Latent:
        return self._reenactor.read_motion(face.image)

    def recalibrate(self) -> None:
        pass

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


class RelativeMotionReader:
    """A face in, its motion since neutral out, (rows, width); for packs that read faces.

    Neutral is the mean motion of the calm frames (`face.calibration.why_not_calm`) of the first
    `calibration_s` seconds and of their mirror images, so that it is to the front whichever way
    the driver looked. The first frame is trusted at once when calm; later ones correct it
    smoothly, and until one comes the driver's neutral face is the average one.
    """

    def __init__(
        self,
        reenactor: Reenactor,
        *,
        neutral: FaceCrop | None = None,
        calibration_s: float = 1.0,
    ) -> None:
        """neutral: the driver's neutral face, so that nothing is learnt. Raises EngineError."""
        self._reenactor, self._duration_s = reenactor, calibration_s
        self._neutral = np.zeros((reenactor.pack.rows, reenactor.pack.width))
        self._sum, self._count = np.zeros_like(self._neutral), 0
        self._calm_s = 0.0
        self._time: float | None = None
        if neutral is not None:
            motion = reenactor.read_motion(neutral.image)
            self._learn(motion, neutral.image, calibration_s)
            self._neutral = self._sum / self._count

    def read(self, face: FaceCrop, time: float) -> Latent:
        motion = self._reenactor.read_motion(face.image)
        elapsed = 0.0 if self._time is None else min(max(time - self._time, 0.0), LONGEST_STEP_S)
        if self._calm_s < self._duration_s and why_not_calm(measure(face.landmarks)) is None:
            self._learn(motion, face.image, elapsed)
        if self._count and self._duration_s:
            pull = 1.0 - math.exp(-elapsed / (SETTLING * self._duration_s))
            learnt = self._sum / self._count
            self._neutral = self._neutral + (1.0 if self._time is None else pull) * (
                learnt - self._neutral
            )
        self._time = time
        return (motion - self._neutral).astype(np.float32)

    @property
    def learnt_s(self) -> float | None:
        return self._calm_s

    def recalibrate(self) -> None:
        """Learn neutral anew; what is known so far stays until calm frames change it."""
        self._sum, self._count, self._calm_s = np.zeros_like(self._neutral), 0, 0.0

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to continue exactly; JSON-able."""
        return {
            "rest": self._neutral.tolist(),
            "sum": self._sum.tolist(),
            "count": self._count,
            "calm_s": self._calm_s,
            "time": self._time,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._neutral, self._sum = np.array(state["rest"]), np.array(state["sum"])
        self._count, self._calm_s = int(state["count"]), float(state["calm_s"])
        self._time = state["time"]

    def _learn(self, motion: Latent, image: Image, elapsed: float) -> None:
        mirrored = self._reenactor.read_motion(np.ascontiguousarray(image[:, ::-1]))
        self._sum = self._sum + motion + mirrored
        self._count += 2
        self._calm_s += elapsed
