"""One stream's pipeline, with what may be changed about it while it runs."""

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from reenact.face.calibration import CalibrationHint, calibration_hint
from reenact.face.expression import ExpressionReader
from reenact.media.preview import scale
from reenact.motion_reader import MotionReader, RelativeMotionReader
from reenact.pipeline import CALIBRATION_S, Pipeline
from reenact.presence import Status, Values
from reenact.smooth import Smoother, expression_smoother, motion_smoother
from reenact.stages import Aligner
from reenact.types import FaceCrop, Frame, Image, Latent, MotionCode
from server.settings import StreamSettings
from server.streams.ahead_aligner import AheadAligner, Look
from server.streams.laps import Laps

if TYPE_CHECKING:
    from server.streams.runtime import Runtime

TRANSPORT_SIZE = 512
"""Side of the pictures that are sent, whatever the pack makes."""


class Performance:
    """Frames of one driver in, pictures of an identity out.

    All calls, but those of `look`, on the worker's thread.

    picture: (512, 512, 3), what is shown now; at first the identity at rest. laps: of the last
    frame.
    """

    def __init__(
        self,
        studio: "Runtime",
        settings: StreamSettings,
        *,
        aligner: Aligner,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """aligner: closed with this. state: what `state()` of an earlier performance with the same
        pack returned. Raises EngineError, IdentityError."""
        self.laps = Laps()
        self._studio, self._settings = studio, settings
        self._expressions = studio.reenactor.pack.reads == "expression"
        self._aligner = AheadAligner(aligner, self.laps)
        try:
            if self._expressions:
                self._at_rest = studio.reenactor.read_motion(studio.reenactor.neutral)
            else:
                self._at_rest = studio.reenactor.neutral
            self._build(settings, None if state is None else dict(state))
            self.picture = _sized(self._picture_at_rest())
        except BaseException:
            aligner.close()
            raise
        self._shown: Image | None = None

    @property
    def status(self) -> Status:
        return self._pipeline.status

    @property
    def failed(self) -> int:
        """Frames so far for which a net failed."""
        return self._pipeline.failed

    def advice(self) -> CalibrationHint | None:
        """What the driver should do so that their rest is learnt; None where it need not be.

        Costs too much to be asked for every frame.
        """
        if isinstance(self._reader.reader, MotionReader):
            return None
        calm_s = float(self._reader.state()["calm_s"])
        return calibration_hint(self._pipeline.face, CALIBRATION_S - calm_s)

    def look(self, frame: Frame) -> Look:
        """Where the face is in `frame`, ahead of its turn. Any one thread, frames in order."""
        return self._aligner.look(frame)

    def __call__(self, frame: Frame, look: Look | None = None) -> Image:
        """The picture for `frame`, (512, 512, 3), never written to.

        look: what `look` said of it, if it was asked. Raises EngineError when too many frames in a
        row failed, and whatever looking raised.
        """
        self.laps.start()
        self._aligner.next = look
        self._studio.reenactor.laps = self.laps
        picture = self._pipeline(frame).image
        if picture is not self._shown:
            with self.laps.time("convert"):
                self._shown, self.picture = picture, _sized(picture)
        return self.picture

    def apply(self, settings: StreamSettings) -> None:
        """Go on with other settings, without a jump of what is remembered.

        Only another identity, or another kind of motion, makes pictures anew. Raises IdentityError
        and EngineError, and stays as it was then.
        """
        before = self._settings
        if (settings.identity, settings.relative) != (before.identity, before.relative):
            self._build(settings, self.state())
        else:
            reader = self._new_reader(settings)
            reader.restore(self._reader.state())
            self._reader.reader = reader
        self._settings, self._smoother.strength = settings, settings.smoothing

    def recalibrate(self) -> None:
        """Learn the driver's resting face anew."""
        if not isinstance(self._reader.reader, MotionReader):
            self._reader.reader.recalibrate()

    def state(self) -> dict[str, Any]:
        """All that `state` of the next performance needs, fit for JSON."""
        return {"relative": self._settings.relative, "pipeline": self._pipeline.state()}

    def close(self) -> None:
        """Free the tracker; twice is harmless."""
        self._aligner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _build(self, settings: StreamSettings, state: dict[str, Any] | None) -> None:
        """A pipeline with the same aligner for these settings, in that state where it fits."""
        identity = self._studio.identity(settings.identity)
        if settings.relative:
            identity = replace(identity, latent=identity.inversion)
        smooth = expression_smoother() if self._expressions else motion_smoother(identity.inversion)
        reader = _Reading(self._new_reader(settings), self.laps)
        smoother = _Blended(smooth, settings.smoothing)
        before, self._settings = self._settings, settings  # `_motion` looks at them
        try:
            pipeline = Pipeline(
                self._studio.reenactor,
                identity,
                aligner=self._aligner,
                reader=reader,
                smoother=smoother,
                motion=self._motion if self._expressions else None,
            )
            same = state is not None and state["relative"] == settings.relative
            if state is not None and (same or self._expressions):
                pipeline.restore(state["pipeline"])
        except BaseException:
            self._settings = before
            raise
        self._pipeline, self._reader, self._smoother = pipeline, reader, smoother

    def _new_reader(self, settings: StreamSettings) -> "_Reader":
        if self._expressions:
            return ExpressionReader(gains=settings.axis_gains(), calibration_s=CALIBRATION_S)
        if not settings.relative:
            return MotionReader(self._studio.reenactor)
        return RelativeMotionReader(
            self._studio.reenactor, gain=settings.alpha, calibration_s=CALIBRATION_S
        )

    def _motion(self, values: Values) -> Latent:
        """What an expression adds to the identity: its motion, or alpha times that since rest."""
        motion = self._studio.reenactor.read_motion(values)
        if not self._settings.relative:
            return motion
        return np.asarray(self._settings.alpha * (motion - self._at_rest), np.float32)

    def _picture_at_rest(self) -> Image:
        identity = self._studio.identity(self._settings.identity)
        if self._settings.relative:
            identity = replace(identity, latent=identity.inversion)
            return self._studio.reenactor.render(identity, np.zeros_like(self._at_rest))
        return self._studio.reenactor.render(identity, self._at_rest)


def _sized(picture: Image) -> Image:
    if picture.shape[0] == TRANSPORT_SIZE:
        return picture
    return scale(picture, TRANSPORT_SIZE, TRANSPORT_SIZE)


class _Reader(Protocol):
    def read(self, face: FaceCrop, time: float) -> Values: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...


class _Reading:
    """A reader that may be replaced by another, and is timed."""

    def __init__(self, reader: Any, laps: Laps) -> None:
        self.reader, self._laps = reader, laps

    def read(self, face: FaceCrop, time: float) -> Values:
        with self._laps.time("read"):
            values: Values = self.reader.read(face, time)
        return values

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.reader.state()
        return state

    def restore(self, state: dict[str, Any]) -> None:
        self.reader.restore(state)


class _Blended:
    """Between no smoothing, strength 0, and all of it, strength 1."""

    def __init__(self, smoother: Smoother, strength: float) -> None:
        self._smoother, self.strength = smoother, strength

    def update(self, code: MotionCode) -> MotionCode:
        calm = self._smoother.update(code).values
        values = code.values + np.float32(self.strength) * (calm - code.values)
        return MotionCode(values.astype(np.float32), code.time)

    def reset(self) -> None:
        self._smoother.reset()

    def state(self) -> dict[str, Any]:
        return self._smoother.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._smoother.restore(state)
