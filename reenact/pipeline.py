"""One stream: frames of a driver in, pictures of the identity out. Never the driver's pixels."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engines.base import EngineError
from reenact.face.align import FaceAligner
from reenact.face.expression import ExpressionReader, neutral_of
from reenact.motion_reader import MotionReader, RelativeMotionReader, own_motion, relative_motion
from reenact.presence import Presence, Status, Values
from reenact.reenactor import Reenactor
from reenact.smooth import NoSmoothing, Smoother, expression_smoother, motion_smoother
from reenact.stages import Aligner, LearningReader, Reader
from reenact.types import FaceCrop, Frame, Identity, Image, Latent, MotionCode

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 30
"""So many failed frames, about a second, mean that it will not get better."""

CALIBRATION_S = 1.0
"""Of calm frames, from which a driver's resting face is learnt."""


class Pipeline:
    """Everything that one stream remembers. Feed it frames in order, from one thread.

    face: the driver's face in the last frame, or None. status: what the last picture shows.
    failed: number of frames so far for which a net failed.
    """

    def __init__(
        self,
        reenactor: Reenactor,
        identity: Identity,
        *,
        aligner: Aligner,
        smoother: Smoother,
        reader: Reader,
        motion: Callable[[Values], Latent] | None = None,
        idle: Image | None = None,
        failures_in_a_row: int = FAILURES_IN_A_ROW,
    ) -> None:
        """Show `identity`; renders its neutral picture at once, so a broken net is found here.

        aligner, smoother, reader: this stream's own; closed with it. motion: what is added to the
        identity for the reader's values; the pack's own motion when None. idle: (size, size, 3)
        shown while nobody is there; the neutral picture when None. Raises ValueError for an idle
        picture that does not fit, EngineError when a net fails.
        """
        self._reenactor, self._identity = reenactor, identity
        self._motion = motion or own_motion(reenactor)
        self._aligner, self._reader, self._smoother = aligner, reader, smoother
        self._limit = failures_in_a_row
        self._presence = Presence.of(reenactor.neutral)
        neutral = self._render(reenactor.neutral)
        self._idle = self._picture = neutral if idle is None else _same_kind(idle, neutral)
        self._failed_in_a_row = 0
        self.failed = 0
        self.face: FaceCrop | None = None

    @property
    def status(self) -> Status:
        return self._presence.status

    def __call__(self, frame: Frame) -> Frame:
        """The picture for `frame`, with its stamps.

        A frame for which a net fails repeats the last picture; so many in a row raise EngineError.
        """
        try:
            self._picture = self._next_picture(frame)
        except EngineError as error:
            self._count_failure(error)
        else:
            self._failed_in_a_row = 0
        return Frame(self._picture, frame.pts, frame.time_base)

    def recalibrate(self) -> None:
        """Learn the driver's resting face anew, if it is learnt at all."""
        if isinstance(self._reader, LearningReader):
            self._reader.recalibrate()

    def state(self) -> dict[str, Any]:
        """All that later pictures depend on, fit for JSON, exactly."""
        return {
            "presence": self._presence.state(),
            "aligner": self._aligner.state(),
            "reader": self._reader.state(),
            "smoother": self._smoother.state(),
            "failed": self.failed,
            "failed_in_a_row": self._failed_in_a_row,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`, of a pipeline with the same pack, identity and parts."""
        self._presence = self._presence.restored(state["presence"])
        self._aligner.restore(state["aligner"])
        self._reader.restore(state["reader"])
        self._smoother.restore(state["smoother"])
        self.failed, self._failed_in_a_row = state["failed"], state["failed_in_a_row"]
        self.face = None
        idle = self._presence.status == "idle"
        self._picture = self._idle if idle else self._render(self._presence.shown)

    def close(self) -> None:
        """Free the tracker; the reenactor belongs to others. Twice is harmless."""
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

    def _next_picture(self, frame: Frame) -> Image:
        self.face = self._aligner.align(frame)
        live = None if self.face is None else self._read(self.face, frame.time)
        presence = self._presence.after(live, frame.time)
        picture = self._picture_of(presence)
        if presence.status == "easing" and self._presence.status != "easing":
            self._smoother.reset()
        self._presence = presence  # only now: it always is what the picture shows
        return picture

    def _read(self, face: FaceCrop, time: float) -> Values:
        return self._smoother.update(MotionCode(self._reader.read(face, time), time)).values

    def _picture_of(self, presence: Presence) -> Image:
        if presence.status == "idle":
            return self._idle
        if presence.shown is self._presence.shown:  # held
            return self._picture
        return self._render(presence.shown)

    def _render(self, values: Values) -> Image:
        picture = self._reenactor.render(self._identity, self._motion(values))
        picture.setflags(write=False)  # it may be shown again
        return picture

    def _count_failure(self, error: EngineError) -> None:
        self.failed += 1
        self._failed_in_a_row += 1
        if self._failed_in_a_row == 1:
            logger.warning("a frame failed, holding the last picture: %s", error)
        if self._failed_in_a_row >= self._limit:
            raise EngineError(
                f"{self._failed_in_a_row} frames in a row failed, the last one so: {error}"
            ) from error


def open_pipeline(
    reenactor: Reenactor,
    identity: Identity,
    *,
    landmarker: Path | None = None,
    neutral: FaceCrop | None = None,
    gains: Mapping[str, float] | None = None,
    relative: float | None = None,
    still: bool = False,
) -> Pipeline:
    """A pipeline with the parts that the reenactor's pack needs, for a new stream.

    landmarker: another face model than the bundled one. neutral: the driver at rest; learnt from
    the first calm frames when None. gains: factors by axis of the expression. relative: add so
    many times the driver's motion since their rest to the identity's own code (g = G(z_B +
    alpha (z_A1 - z_A0)), eq. 7 of the paper); else the motion itself, to its constant. still: the
    frames are pictures that stand alone, so nothing is learnt from one for the next, and nothing
    smoothed. Raises ValueError for wishes that the pack cannot fulfil, TrackerError, EngineError.
    """
    expressions = reenactor.pack.reads == "expression"
    if not expressions:
        _check_wishes(reenactor.pack.name, neutral, gains, relative)
    motion = None
    if relative is not None:
        identity = replace(identity, latent=identity.inversion)
        motion = relative_motion(reenactor, relative) if expressions else None
    seconds = 0.0 if still else CALIBRATION_S
    reader: Reader
    if expressions:
        rest = None if neutral is None else neutral_of(neutral)
        reader = ExpressionReader(gains=gains, neutral=rest, calibration_s=seconds)
    else:
        reader = _motion_reader(reenactor, relative, neutral, seconds)
    smoother = NoSmoothing() if still else _smoother(reenactor, identity, relative)
    aligner = FaceAligner(landmarker=landmarker)
    try:
        return Pipeline(
            reenactor, identity, aligner=aligner, smoother=smoother, reader=reader, motion=motion
        )
    except BaseException:
        aligner.close()
        raise


def _motion_reader(
    reenactor: Reenactor, relative: float | None, neutral: FaceCrop | None, seconds: float
) -> Reader:
    if relative is None:
        return MotionReader(reenactor)
    return RelativeMotionReader(reenactor, gain=relative, neutral=neutral, calibration_s=seconds)


def _smoother(reenactor: Reenactor, identity: Identity, relative: float | None) -> Smoother:
    if reenactor.pack.reads == "expression":
        return expression_smoother()
    return motion_smoother(identity.inversion, gain=relative or 1.0)


def _check_wishes(
    pack: str, neutral: FaceCrop | None, gains: Mapping[str, float] | None, relative: float | None
) -> None:
    if gains:
        raise ValueError(
            f"pack {pack} reads faces, so gains of single axes mean nothing to it; leave them away"
        )
    if neutral is not None and relative is None:
        raise ValueError(
            f"pack {pack} reads faces as they are, so a neutral face means nothing to it; add "
            "--relative, or leave it away"
        )


def _same_kind(idle: Image, neutral: Image) -> Image:
    if idle.shape != neutral.shape or idle.dtype != neutral.dtype:
        raise ValueError(
            f"idle must be uint8 {neutral.shape}, got {idle.dtype} {idle.shape}; resize it"
        )
    return idle.copy()
