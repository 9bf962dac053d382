"""`reenact bench`: milliseconds of each stage of a frame, from pixels to encoded picture."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import psutil

from reenact.driving import Driving
from reenact.errors import MediaError, NoFaceError
from reenact.machine import Machine, describe_machine
from reenact.media.video_info import VideoInfo
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from reenact.pipeline import Pipeline, open_pipeline
from reenact.reenactor import Reenactor
from reenact.stopwatch import Stopwatch, Timing, timing_rows
from reenact.types import Frame, Identity

WHOLE = "whole frame"
"""A frame's entire way, from pixels to encoded picture."""

STAGES = ("align", "read", "motion", "synthesis", "encode", WHOLE)
"""The rows of a report: those of `Pipeline.seconds`, then the encoder's and the whole."""

QUALITY = 18


@dataclass(frozen=True, slots=True)
class BenchReport:
    """Milliseconds by stage, and what they were measured on."""

    machine: Machine
    """The computer."""
    device: str
    """Where the nets ran."""
    pack: str
    """Name of the pack."""
    picture_size: int
    """Side of its pictures, pixels."""
    clip: str
    """Name of the driver's file."""
    frame_size: tuple[int, int]
    """(height, width) of the driver's frames."""
    frames: int
    """Frames that were counted."""
    warm_up: int
    """Frames run before these, and not counted."""
    memory_mb: float
    """Resident memory after the run, megabytes."""
    timings: tuple[Timing, ...]
    """A row for each of `STAGES`."""

    def table(self, before: Mapping[str, float] | None = None) -> str:
        """The report for a terminal. before: medians of another one, to compare with."""
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
    """Time the first frames of `clip`, stage by stage and as a whole.

    Reading the clip is not counted, nor is building engines. Raises MediaError when it has too few
    frames, NoFaceError when one of them shows no face.
    """
    info = probe_video(clip)
    driver = list(islice(read_frames(clip, info), warm_up + frames))
    if len(driver) <= warm_up:
        raise MediaError(
            f"{clip} has {len(driver)} frames, and {warm_up} are for warming up; give a longer one"
        )
    reenactor.wait_for_engines()
    stopwatch = Stopwatch({stage: [] for stage in STAGES})
    with open_pipeline(reenactor, Driving(identity), landmarker=landmarker) as pipeline:
        _time_frames(stopwatch, pipeline, driver, info)
    return BenchReport(
        machine=describe_machine(),
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


def _time_frames(
    stopwatch: Stopwatch, pipeline: Pipeline, driver: list[Frame], info: VideoInfo
) -> None:
    with _scratch_writer(info) as writer:
        for frame in driver:
            with stopwatch.time(WHOLE):
                picture = pipeline(frame).image
                with stopwatch.time("encode"):
                    writer.write(picture, frame.pts)
            if pipeline.face is None:
                raise NoFaceError(f"the clip shows no face at {frame.time:.2f} s; give another")
            stopwatch.add(pipeline.seconds)


@contextmanager
def _scratch_writer(info: VideoInfo) -> Iterator[SegmentWriter]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SegmentWriter(Path(folder) / "bench.mp4", info, quality=QUALITY) as writer,
    ):
        yield writer
