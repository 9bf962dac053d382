"""One stream's pipeline, with what may be changed about it while it runs."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np

from reenact.expression import ExpressionReader
from reenact.pipeline import Aligner, Pipeline
from reenact.presence import Status, Values
from reenact.smooth import NoSmoothing, Smoother, expression_smoother
from reenact.types import FaceCrop, Frame, Image, MotionCode
from server.coach import Advice, advise
from server.laps import Laps
from server.settings import StreamSettings

if TYPE_CHECKING:
    from server.studio import Studio

CALIBRATION_S = 1.0


class Performance:
    """Frames of one driver in, pictures of an identity out. All calls on the worker's thread.

    picture: (512, 512, 3), what is shown now; at first the identity at rest. laps: of the last
    frame.
    """

    def __init__(
        self,
        studio: "Studio",
        settings: StreamSettings,
        *,
        aligner: Aligner,
        reader: type[ExpressionReader] | None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """state: what `state()` of an earlier performance with the same pack returned."""
        self.laps = Laps()
        self._studio, self._settings = studio, settings
        self._aligner = _TimedAligner(aligner, self.laps)
        self._reader_kind = reader
        self._smoother = _Blended(NoSmoothing() if reader is None else expression_smoother())
        self._reader: ExpressionReader | None = None
        try:
            self._pipeline = self._with(settings, None if state is None else dict(state))
        except BaseException:
            aligner.close()
            raise
        self._shown: Image | None = None
        self.picture = self._sized(self._at_rest())

    @property
    def status(self) -> Status:
        return self._pipeline.status

    @property
    def failed(self) -> int:
        """Frames so far for which a net failed."""
        return self._pipeline.failed

    @property
    def advice(self) -> Advice | None:
        """What the driver should do to be calibrated; None for packs that learn no resting face."""
        if self._reader is None:
            return None
        calm_s = float(self._reader.state()["calm_s"])
        return advise(self._pipeline.face, CALIBRATION_S - calm_s)

    def __call__(self, frame: Frame) -> Image:
        """The picture for `frame`, (512, 512, 3), never written to. Raises EngineError when too
        many frames in a row failed."""
        self.laps.start()
        self._studio.reenactor.laps = self.laps
        picture = self._pipeline(frame).image
        if picture is not self._shown:
            with self.laps.time("convert"):
                self._shown, self.picture = picture, self._sized(picture)
        return self.picture

    def apply(self, settings: StreamSettings) -> None:
        """Go on with other settings, without a jump of what is remembered.

        Raises IdentityError and EngineError, and stays as it was then.
        """
        state = self._pipeline.state()
        self._pipeline = self._with(settings, state)
        self._settings = settings

    def recalibrate(self) -> None:
        """Learn the driver's resting face anew."""
        if self._reader is not None:
            self._reader.recalibrate()

    def state(self) -> dict[str, Any]:
        """All that `state` of the next performance needs, fit for JSON."""
        return self._pipeline.state()

    def close(self) -> None:
        """Free the tracker; twice is harmless."""
        self._pipeline.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _with(self, settings: StreamSettings, state: dict[str, Any] | None) -> Pipeline:
        """A pipeline of the same parts for these settings, in that state."""
        kind = self._reader_kind
        reader = None
        if kind is not None:
            reader = kind(gains=settings.axis_gains(), calibration_s=CALIBRATION_S)
        pipeline = Pipeline(
            self._studio.reenactor,
            self._studio.identity(settings.identity),
            aligner=self._aligner,
            reader=None if reader is None else _TimedReader(reader, self.laps),
            smoother=self._smoother,
        )
        if state is not None:
            pipeline.restore(state)
        self._reader, self._smoother.strength = reader, settings.smoothing
        return pipeline

    def _at_rest(self) -> Image:
        reenactor = self._studio.reenactor
        rest = reenactor.neutral
        motion = rest if self._reader is None else reenactor.read_motion(rest)
        return reenactor.render(self._studio.identity(self._settings.identity), motion)

    def _sized(self, picture: Image) -> Image:
        side = 512
        if picture.shape[0] == side:
            return picture
        method = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (side, side), interpolation=method), np.uint8)


class _TimedAligner:
    def __init__(self, aligner: Aligner, laps: Laps) -> None:
        self._aligner, self._laps = aligner, laps

    def align(self, frame: Frame) -> FaceCrop | None:
        with self._laps.time("align"):
            return self._aligner.align(frame)

    def state(self) -> dict[str, Any]:
        return self._aligner.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._aligner.restore(state)

    def close(self) -> None:
        self._aligner.close()


class _TimedReader:
    def __init__(self, reader: ExpressionReader, laps: Laps) -> None:
        self._reader, self._laps = reader, laps

    def read(self, face: FaceCrop, time: float) -> Values:
        with self._laps.time("read"):
            return self._reader.read(face, time)

    def state(self) -> dict[str, Any]:
        return self._reader.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._reader.restore(state)


class _Blended:
    """Between no smoothing, strength 0, and all of it, strength 1."""

    def __init__(self, smoother: Smoother) -> None:
        self._smoother, self.strength = smoother, 1.0

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
