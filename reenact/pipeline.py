"""One stream: frames of a driver in, pictures of the identity out. Never the driver's pixels."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from engines.base import EngineError
from reenact.driving import CALIBRATION_S, Driving, Parts, parts_for
from reenact.face.align import FaceAligner
from reenact.presence import Presence, Status, Values
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Frame, Identity, Image, MotionCode

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 30
"""Failed frames in a row, about a second of them, that end a stream: it will not get better."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A frame, and the face that the tracker found in it."""

    frame: Frame
    """The driver's frame."""
    face: FaceCrop | None
    """The face, or None when there is none."""
    error: Exception | None
    """Why the tracker failed, in place of an answer."""
    seconds: float
    """Time that the tracker took."""


class Pipeline:
    """Everything that one stream remembers.

    `find` may be called from one thread, frames in order; everything else belongs to the thread
    of the device.
    """

    def __init__(
        self,
        reenactor: Reenactor,
        driving: Driving,
        *,
        aligner: FaceAligner,
        neutral: FaceCrop | None = None,
        still: bool = False,
        failures_in_a_row: int = FAILURES_IN_A_ROW,
        parts: Parts | None = None,
    ) -> None:
        """Render the neutral identity at once, so that a broken net is found here.

        aligner: this stream's own; closed with it. neutral: the driver's neutral face, which is
        learnt from the first calm frames when None. still: the frames are pictures that stand
        alone, so nothing is learnt from one for the next, and nothing smoothed. parts: in place of
        those that the pack needs. Raises ValueError for settings that mean nothing to the pack,
        EngineError when a net fails.
        """
        self._reenactor, self._driving, self._still = reenactor, driving, still
        self._aligner, self._tracking = aligner, threading.Lock()
        self._parts = parts or parts_for(reenactor, driving, neutral=neutral, still=still)
        self._neutral_motion = self._parts.motion(self._parts.neutral)
        self._limit, self._failed_in_a_row = failures_in_a_row, 0
        self._presence = Presence.of(self._parts.neutral)
        self.face: FaceCrop | None = None
        """The driver's face in the last frame, or None."""
        self.failed = 0
        """Frames so far for which a net failed."""
        self.seconds: dict[str, float] = {}
        """Time that each stage of the last frame took: align, read, motion, synthesis."""
        self._idle = self._render(self._parts.neutral)
        self.picture: Image = self._idle
        """(size, size, 3), shown now; at first the neutral identity. Never written to."""

    @property
    def status(self) -> Status:
        """What the last picture shows."""
        return self._presence.status

    @property
    def calibration_left_s(self) -> float | None:
        """Seconds of calm frames that are still to be learnt from; None where nothing is learnt."""
        learnt_s = self._parts.reader.learnt_s
        return None if learnt_s is None else CALIBRATION_S - learnt_s

    def find(self, frame: Frame) -> Found:
        """Look for the face in `frame`. Never raises: `show` raises what went wrong."""
        start = time.perf_counter()
        face, failure = None, None
        try:
            with self._tracking:
                face = self._aligner.align(frame)
        except Exception as error:  # noqa: BLE001 - raised in the frame's turn
            failure = error
        return Found(frame, face, failure, time.perf_counter() - start)

    def show(self, found: Found) -> Frame:
        """The picture for a frame, with its stamps.

        A frame for which a net fails repeats the last picture; `failures_in_a_row` of them raise
        EngineError. Raises also what `find` met.
        """
        self.seconds = {"align": found.seconds}
        try:
            self.picture = self._next_picture(found)
        except EngineError as error:
            self._count_failure(error)
        else:
            self._failed_in_a_row = 0
        return Frame(self.picture, found.frame.pts, found.frame.time_base)

    def __call__(self, frame: Frame) -> Frame:
        """`show` of `find`."""
        return self.show(self.find(frame))

    def change(self, driving: Driving) -> None:
        """Continue with other settings, without a jump of what is remembered.

        Only another identity, or relative instead of absolute motion, makes pictures anew. Raises
        ValueError and EngineError, and then leaves everything as it was.
        """
        parts = parts_for(self._reenactor, driving, neutral=None, still=self._still)
        carried = type(parts.reader) is type(self._parts.reader)
        if carried:
            parts.reader.restore(self._parts.reader.state())
        if _same_person(driving, self._driving):
            self._parts, self._driving = replace(parts, smoother=self._parts.smoother), driving
            return
        if carried:
            parts.smoother.restore(self._parts.smoother.state())
        self._show_anew(parts, driving, self._presence if carried else Presence.of(parts.neutral))

    def recalibrate(self) -> None:
        """Learn the driver's neutral face anew, if it is learnt at all."""
        self._parts.reader.recalibrate()

    def state(self) -> dict[str, Any]:
        """All that later pictures depend on, fit for JSON, exactly."""
        with self._tracking:
            aligner = self._aligner.state()
        return {
            "presence": self._presence.state(),
            "aligner": aligner,
            "reader": self._parts.reader.state(),
            "read_by": type(self._parts.reader).__name__,
            "smoother": self._parts.smoother.state(),
            "failed": self.failed,
            "failed_in_a_row": self._failed_in_a_row,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state`, of a pipeline with the same pack and identity.

        State of the other kind of motion, absolute or relative, that a pack reads in another way,
        has no meaning here: then the stream begins anew.
        """
        if state["read_by"] != type(self._parts.reader).__name__:
            return
        with self._tracking:
            self._aligner.restore(state["aligner"])
        self._parts.reader.restore(state["reader"])
        self._parts.smoother.restore(state["smoother"])
        self.failed, self._failed_in_a_row = state["failed"], state["failed_in_a_row"]
        self._presence = self._presence.restore(state["presence"])
        self.picture, self.face = self._whole_picture(self._presence, self._idle), None

    def close(self) -> None:
        """Free the tracker; the reenactor belongs to others. Twice is harmless."""
        with self._tracking:
            self._aligner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _next_picture(self, found: Found) -> Image:
        if found.error is not None:
            raise found.error
        self.face, moment = found.face, found.frame.time
        live = None if self.face is None else self._read(self.face, moment)
        presence = self._presence.after(live, moment)
        picture = self._picture_of(presence)
        if presence.status == "easing" and self._presence.status != "easing":
            self._parts.smoother.reset()
        self._presence = presence  # only now: it always is what the picture shows
        return picture

    def _read(self, face: FaceCrop, moment: float) -> Values:
        with self._time_stage("read"):
            values = self._parts.reader.read(face, moment)
        smooth = self._parts.smoother.update(MotionCode(values, moment)).values
        if self._driving.smoothing is None:
            return smooth
        strength = np.float32(self._driving.smoothing)
        return (values + strength * (smooth - values)).astype(np.float32)

    def _picture_of(self, presence: Presence) -> Image:
        held = presence.shown is self._presence.shown and presence.status != "idle"
        return self.picture if held else self._whole_picture(presence, self._idle)

    def _show_anew(self, parts: Parts, driving: Driving, presence: Presence) -> None:
        """Make the pictures of `driving`, and only then leave those of before."""
        before, self._driving = self._driving, driving
        try:
            idle = self._render(parts.neutral)
            picture = self._whole_picture(presence, idle)
        except EngineError:
            self._driving = before
            raise
        self._idle, self.picture, self.face = idle, picture, None
        self._parts, self._presence = parts, presence

    def _whole_picture(self, presence: Presence, idle: Image) -> Image:
        return idle if presence.status == "idle" else self._render(presence.shown)

    def _render(self, values: Values) -> Image:
        driving, identity = self._driving, self._driving.identity
        with self._time_stage("motion"):
            motion = self._parts.motion(values)
        if driving.relative is not None:
            motion = np.asarray(driving.relative * (motion - self._neutral_motion), np.float32)
            identity = replace(identity, latent=identity.inversion)
        with self._time_stage("synthesis"):
            picture = self._reenactor.render(identity, motion)
        picture.setflags(write=False)  # it may be shown again
        return picture

    @contextmanager
    def _time_stage(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = time.perf_counter() - start

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
    driving: Driving,
    *,
    landmarker: Path | None = None,
    neutral: FaceCrop | None = None,
    still: bool = False,
) -> Pipeline:
    """A pipeline with a face tracker of its own, for a new stream.

    landmarker: another face model than the bundled one. neutral, still: see `Pipeline`. Raises
    ValueError for settings that mean nothing to the pack, TrackerError, EngineError.
    """
    aligner = FaceAligner(landmarker=landmarker, as_dlib=reenactor.pack.as_dlib)
    try:
        return Pipeline(reenactor, driving, aligner=aligner, neutral=neutral, still=still)
    except BaseException:
        aligner.close()
        raise


def render_neutral(reenactor: Reenactor, identity: Identity) -> Image:
    """`identity` with a neutral face, (size, size, 3). Raises EngineError."""
    parts = parts_for(reenactor, Driving(identity), neutral=None, still=True)
    return reenactor.render(identity, parts.motion(parts.neutral))


def _same_person(one: Driving, other: Driving) -> bool:
    """Whether both give the same person the same neutral picture."""
    return one.identity is other.identity and (one.relative is None) == (other.relative is None)
