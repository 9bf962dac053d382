"""Drives of a clip: identities follow one driver, and readers see driver and output alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from reenact.driving import Driving
from reenact.evaluate.dlib_points import DlibReader
from reenact.evaluate.face_track import FaceReading, FaceTrack, Numbers, read_face
from reenact.evaluate.likeness import Likeness
from reenact.face.align import FaceAligner
from reenact.media.preview import thumbnail
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.pipeline import Found, Pipeline, open_pipeline
from reenact.printable import printable
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Frame, Image

MADE = "made"
"""Name of the lane of finished videos."""

THUMBNAIL_PX = 192
"""Width of the pictures that are kept for contact sheets."""

LIKENESS_EVERY = 5
"""Frames from one measured likeness to the next: it changes slowly, and its net is a large one."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """A way to make pictures of a driver: an identity through a pipeline of its own."""

    name: str
    """What is driven, for tables."""
    show: Callable[[Found], Image]
    """The next picture, for the next frame of the driver."""
    likeness: Callable[[Image], float] | None = None
    """Cosine of a face, (256, 256, 3) in its FFHQ square, with the identity's own look; None where
    nothing can recognise faces."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """All that follows one clip; good for one clip, because it remembers the driver."""

    find: Callable[[Frame], Found]
    """Finds the driver's face in the next frame."""
    lanes: Sequence[Lane]
    """What is driven."""


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """One clip through one lane, N pictures."""

    clip: str
    """Name of the clip."""
    lane: str
    """Name of the lane."""
    driver: FaceTrack
    """The driver, frame by frame."""
    output: FaceTrack
    """The output, frame by frame."""
    wavering: Numbers
    """(N,) how much each picture departs from the mean of its neighbours, in grey levels of 255;
    NaN at both ends."""
    likeness: Numbers
    """(N,) cosines with the identity's own look, NaN where not measured."""
    thumbnails: Sequence[tuple[bytes, bytes]]
    """Driver's face and output of each frame, as JPEG files."""
    guessed: tuple[float, float]
    """Share of the frames of driver and output in which dlib's detector saw no face, so that the
    rectangle of its points is MediaPipe's."""

    def since(self, start_s: float) -> "Drive":
        """The same from `start_s` on, in seconds after the first frame; the shares stay."""
        kept = np.flatnonzero(self.driver.times >= self.driver.times[0] + start_s)
        return replace(
            self,
            driver=self.driver.since(start_s),
            output=self.output.since(start_s),
            wavering=self.wavering[kept],
            likeness=self.likeness[kept],
            thumbnails=[self.thumbnails[index] for index in kept.tolist()],
        )


class _Side:
    """Reads one sequence of pictures."""

    def __init__(self) -> None:
        self._dlib = DlibReader()
        self._readings: list[FaceReading] = []

    def add(self, image: Image, face: FaceCrop | None) -> None:
        self._readings.append(read_face(image, face, self._dlib))

    def track(self, times: Sequence[float]) -> FaceTrack:
        return FaceTrack.of(times, self._readings)

    @property
    def guessed(self) -> float:
        return self._dlib.guessed / len(self._readings)


class _Output:
    """Makes the pictures of one lane and reads them."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.side = _Side()
        self.likeness: list[float] = []
        self.thumbnails: list[bytes] = []
        self._aligner = FaceAligner()
        self._last: list[Image] = []
        self._wavering: list[float] = []

    def add(self, found: Found) -> None:
        picture = self.lane.show(found)
        face = self._aligner.align(Frame(picture, found.frame.pts, found.frame.time_base))
        self.side.add(picture, face)
        due = len(self.likeness) % LIKENESS_EVERY == 0
        likeness = self.lane.likeness if due else None
        self.likeness.append(np.nan if likeness is None or face is None else likeness(face.image))
        self.thumbnails.append(_encode(picture))
        self._last = [*self._last[-2:], picture]
        if len(self._last) == 3:
            self._wavering.append(_waver(*self._last))

    @property
    def wavering(self) -> Numbers:
        ends = [np.nan] * (len(self.thumbnails) - len(self._wavering))
        return np.array([*ends[:1], *self._wavering, *ends[1:]])

    def close(self) -> None:
        self._aligner.close()


def drive_clip(
    clip: Path, stage: Stage, *, advance: Callable[[], object] = lambda: None
) -> list[Drive]:
    """Show every frame of `clip` to every lane of a new stage; one drive a lane, in their order.

    advance: called after each frame. The driver is decoded, found and read once, whatever the
    number of lanes. Raises MediaError for a file that is no video, ModuleNotFoundError without
    dlib, and what the lanes raise.
    """
    driver, times, thumbnails = _Side(), list[float](), list[bytes]()
    with ExitStack() as stack:
        outputs = [stack.enter_context(closing(_Output(lane))) for lane in stage.lanes]
        for frame in stack.enter_context(closing(read_frames(clip, probe_video(clip)))):
            found = stage.find(frame)
            driver.add(frame.image, found.face)
            times.append(frame.time)
            thumbnails.append(_encode(frame.image if found.face is None else found.face.image))
            for output in outputs:
                output.add(found)
            advance()
    track = driver.track(times)
    return [
        Drive(
            clip=printable(clip.stem),
            lane=output.lane.name,
            driver=track,
            output=output.side.track(times),
            wavering=output.wavering,
            likeness=np.array(output.likeness),
            thumbnails=list(zip(thumbnails, output.thumbnails, strict=True)),
            guessed=(driver.guessed, output.side.guessed),
        )
        for output in outputs
    ]


@contextmanager
def open_stage(
    reenactor: Reenactor,
    drivings: Sequence[tuple[str, Driving]],
    *,
    neutral: FaceCrop | None = None,
    landmarker: Path | None = None,
    likeness: Mapping[str, Likeness] = MappingProxyType({}),
) -> Iterator[Stage]:
    """A stage with a lane for each named driving, at least one.

    neutral: the driver's neutral face, learnt as in a conversion when None. landmarker: the face
    model that finds the driver. likeness: by name of an identity. Raises as
    `reenact.pipeline.open_pipeline` does.
    """
    with ExitStack() as stack:
        lanes, finds = list[Lane](), []
        for name, driving in drivings:
            pipeline = open_pipeline(reenactor, driving, landmarker=landmarker, neutral=neutral)
            stack.enter_context(pipeline)
            lanes.append(Lane(name, partial(_show, pipeline), likeness.get(driving.identity.name)))
            finds.append(pipeline.find)
        yield Stage(finds[0], lanes)


@contextmanager
def open_made(video: Path, *, landmarker: Path | None = None) -> Iterator[Stage]:
    """A stage with one lane, whose pictures were made before: those of `video`, in order."""
    with (
        FaceAligner(landmarker=landmarker) as aligner,
        closing(read_frames(video, probe_video(video))) as frames,
    ):
        yield Stage(
            lambda frame: Found(frame, aligner.align(frame), None, 0.0),
            [Lane(MADE, lambda _: next(frames).image)],
        )


def _show(pipeline: Pipeline, found: Found) -> Image:
    return pipeline.show(found).image


def _waver(before: Image, picture: Image, after: Image) -> float:
    """A picture's departure from the mean of its neighbours, as the deviation of white noise."""
    bent = 2.0 * picture - before - after
    return float(np.sqrt((bent**2).mean() / 6))


def _encode(picture: Image) -> bytes:
    small = cv2.cvtColor(thumbnail(picture, THUMBNAIL_PX), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", small)[1].tobytes()
