"""`reenact bench`: what each part of a frame's way costs on this machine, in milliseconds."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import psutil

from reenact.errors import MediaError, NoFaceError
from reenact.face.align import FaceAligner
from reenact.face.expression import ExpressionReader
from reenact.machine import Machine, this_machine
from reenact.media.video_reader import VideoInfo, probe_video, read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from reenact.packs.interface import FACE
from reenact.pipeline import open_pipeline
from reenact.reenactor import Reenactor
from reenact.smooth import expression_smoother, motion_smoother
from reenact.stopwatch import Stopwatch, Timing, timing_rows
from reenact.types import FaceCrop, Frame, Identity, Latent, MotionCode

WHOLE = "whole frame"
"""The stage that is a frame's entire way from pixels to encoded picture, measured on its own."""

QUALITY = 18
_POLL_S = 0.2

_Read: TypeAlias = Callable[[FaceCrop, float], Latent]
"""What a face, at a time in seconds, adds to the identity."""


@dataclass(frozen=True, slots=True)
class BenchReport:
    """warm_up: frames run before and not counted. frame_size: (height, width) of the input."""

    machine: Machine
    device: str
    pack: str
    picture_size: int
    clip: str
    frame_size: tuple[int, int]
    frames: int
    warm_up: int
    memory_mb: float
    timings: tuple[Timing, ...]

    def table(self, before: Mapping[str, float] | None = None) -> str:
        """For a terminal. before: the medians of another report, to compare with."""
        height, width = self.frame_size
        rows = [
            *self.machine.lines(),
            f"pack {self.pack}, {self.picture_size} px, nets on {self.device}",
            f"{self.clip}, {width}x{height}: {self.frames} frames after {self.warm_up} to warm up",
            f"resident memory after the run: {self.memory_mb:.0f} MB",
        ]
        return "\n".join([*rows, *timing_rows(self.timings, before)])

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def run_bench(
    reenactor: Reenactor,
    identity: Identity,
    *,
    clip: Path = DRIVER,
    frames: int = 120,
    warm_up: int = 20,
    landmarker: Path | None = None,
) -> BenchReport:
    """Time every stage on the first frames of `clip`, then the whole way on the same frames.

    Reading the clip is not counted, nor is building engines. Raises MediaError when it has too few
    frames, NoFaceError when one of them shows no face.
    """
    info = probe_video(clip)
    driver = list(islice(read_frames(clip, info), warm_up + frames))
    if len(driver) <= warm_up:
        raise MediaError(
            f"{clip} has {len(driver)} frames, and {warm_up} are for warming up; give a longer one"
        )
    _wait_for_engines(reenactor, identity)
    stopwatch = Stopwatch()
    _time_stages(stopwatch, reenactor, identity, driver, info, landmarker)
    _time_whole(stopwatch, reenactor, identity, driver, info, landmarker)
    return BenchReport(
        machine=this_machine(),
        device=reenactor.device,
        pack=reenactor.pack.name,
        picture_size=reenactor.pack.size,
        clip=clip.name,
        frame_size=driver[0].image.shape[:2],
        frames=len(driver) - warm_up,
        warm_up=warm_up,
        memory_mb=psutil.Process().memory_info().rss / 1e6,
        timings=stopwatch.timings(warm_up),
    )


def _time_stages(
    stopwatch: Stopwatch,
    reenactor: Reenactor,
    identity: Identity,
    driver: list[Frame],
    info: VideoInfo,
    landmarker: Path | None,
) -> None:
    reading = _read_expression if reenactor.pack.reads == "expression" else _read_face
    read = reading(stopwatch, reenactor, identity)
    with FaceAligner(landmarker=landmarker) as aligner, _scratch_writer(info) as writer:
        for frame in driver:
            with stopwatch.time("alignment"):
                face = aligner.align(frame)
            if face is None:
                raise NoFaceError(f"the clip shows no face at {frame.time:.2f} s; give another")
            motion = read(face, frame.time)
            with stopwatch.time("synthesis"):
                picture = reenactor.render(identity, motion)
            with stopwatch.time("encode"):
                writer.write(picture, frame.pts)


def _read_expression(stopwatch: Stopwatch, reenactor: Reenactor, identity: Identity) -> _Read:
    reader, smoother = ExpressionReader(), expression_smoother()

    def read(face: FaceCrop, time: float) -> Latent:
        with stopwatch.time("expression"):
            code = MotionCode(reader.read(face, time), time)
            values = smoother.update(code).values
        with stopwatch.time("motion"):
            return reenactor.read_motion(values)

    return read


def _read_face(stopwatch: Stopwatch, reenactor: Reenactor, identity: Identity) -> _Read:
    smoother = motion_smoother(identity.inversion)

    def read(face: FaceCrop, time: float) -> Latent:
        with stopwatch.time("motion"):
            motion = reenactor.read_motion(face.image)
        with stopwatch.time("smoothing"):
            return smoother.update(MotionCode(motion, time)).values

    return read


def _time_whole(
    stopwatch: Stopwatch,
    reenactor: Reenactor,
    identity: Identity,
    driver: list[Frame],
    info: VideoInfo,
    landmarker: Path | None,
) -> None:
    with (
        open_pipeline(reenactor, identity, landmarker=landmarker) as pipeline,
        _scratch_writer(info) as writer,
    ):
        for frame in driver:
            with stopwatch.time(WHOLE):
                writer.write(pipeline(frame).image, frame.pts)


def _wait_for_engines(reenactor: Reenactor, identity: Identity) -> None:
    """Use the nets until no better ones are being built: a new one is tried on a real call."""
    reads_faces = reenactor.pack.reads == "face"
    source = np.zeros(FACE, np.uint8) if reads_faces else reenactor.neutral
    while reenactor.improving:
        reenactor.render(identity, reenactor.read_motion(source))
        time.sleep(_POLL_S)


@contextmanager
def _scratch_writer(info: VideoInfo) -> Iterator[SegmentWriter]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SegmentWriter(Path(folder) / "bench.mp4", info, quality=QUALITY) as writer,
    ):
        yield writer
