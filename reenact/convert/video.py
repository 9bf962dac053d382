"""The conversion of a video, segment by segment, so that a killed conversion can resume."""

import hashlib
import itertools
import json
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from reenact import __version__
from reenact.convert.options import (
    ConvertOptions,
    ConvertReport,
    OpenPipeline,
    lay_out,
    refuse_existing,
)
from reenact.convert.work_folder import Checkpoint, Piece, WorkFolder
from reenact.errors import DiskFullError, JoinError, NoFaceError, ReenactError
from reenact.media.claimed_folder import claim_folder
from reenact.media.files import translate_os_errors
from reenact.media.pictures import read_picture, write_picture
from reenact.media.preview import moments, sheet, thumbnail
from reenact.media.video_info import VideoInfo
from reenact.media.video_join import join_segments
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_target import check_target
from reenact.media.video_writer import ENCODER, Segment, SegmentWriter, translate_writing_errors
from reenact.pipeline import Pipeline
from reenact.printable import printable
from reenact.types import Frame, Image

_T = TypeVar("_T")

SEGMENT_FRAMES = 150
"""Frames of a segment: what a kill costs at most (5 s at 30 Hz), and what a player must decode when
it seeks."""

STATE_FORM = 2
"""Counts the changes of what a pipeline's state holds; a state of another form is not read."""

_HEAD_BYTES = 1 << 20  # with size and time enough to know a source again, whatever its length


def convert_video(
    options: ConvertOptions,
    open_pipeline: OpenPipeline,
    *,
    note: Callable[[str], None],
    segment_frames: int = SEGMENT_FRAMES,
) -> ConvertReport:
    """Convert a video as `reenact.convert.run.run_convert` says."""
    with claim_folder(options.target) as folder:
        refuse_existing(options.target, force=options.force)
        key = _resume_key(options, segment_frames)
        work = WorkFolder(folder, options.target.suffix, key)
        return _convert(options, open_pipeline, work, note, segment_frames)


def _convert(
    options: ConvertOptions,
    open_pipeline: OpenPipeline,
    work: WorkFolder,
    note: Callable[[str], None],
    segment_frames: int,
) -> ConvertReport:
    info = probe_video(options.source)
    if options.sound == "none":
        info = replace(info, sound=())
    mended = check_target(options.target, options.source, info)
    with closing(open_pipeline(False)) as pipeline:
        with translate_os_errors(work.path):
            checkpoint = work.open(note)
        resumed_at = checkpoint.frames
        with translate_writing_errors(options.target), _keep_or_remove(work, note):
            conversion = _VideoConversion(options, info, work, pipeline)
            checkpoint = conversion.run(checkpoint, segment_frames)
            _finish(options, info, work, checkpoint)
    try:
        if options.preview is not None:
            _write_preview(options.preview, work)
    finally:
        work.remove()
    return ConvertReport(
        options.target,
        checkpoint.frames,
        checkpoint.faces,
        resumed_at,
        seconds=0.0,
        notes=(*info.notes, *conversion.notes, *mended),
    )


class _VideoConversion:
    """The loop over the frames that are still to do."""

    def __init__(
        self, options: ConvertOptions, info: VideoInfo, work: WorkFolder, pipeline: Pipeline
    ) -> None:
        self._options, self._info, self._work = options, info, work
        self._pipeline = pipeline
        self._moments = moments(info.frames) if options.preview else []
        self.notes: list[str] = []  # of what could not be read

    def run(self, checkpoint: Checkpoint, segment_frames: int) -> Checkpoint:
        """Convert all frames after `checkpoint`; returns the checkpoint after the last."""
        done = checkpoint.frames
        decoded = read_frames(self._options.source, self._info, skip=done, note=self.notes.append)
        with closing(decoded), closing(read_ahead(decoded)) as frames, self._make_bar(done) as bar:
            for first in frames:
                if checkpoint.state is not None:
                    # Also when nothing was interrupted, so that a resumed run computes the same.
                    self._pipeline.restore(checkpoint.state)
                rest = itertools.islice(frames, segment_frames - 1)
                piece = self._write_segment(checkpoint, itertools.chain([first], rest), bar)
                state = json.loads(json.dumps(self._pipeline.state()))
                checkpoint = Checkpoint((*checkpoint.pieces, piece), state)
                self._work.save(checkpoint)
        return checkpoint

    def _write_segment(
        self, checkpoint: Checkpoint, frames: Iterable[Frame], bar: "tqdm[Any]"
    ) -> Piece:
        path = self._work.segment_path(len(checkpoint.pieces))
        faces = 0
        with SegmentWriter(path, self._info, quality=self._options.quality) as writer:
            for number, frame in enumerate(frames, checkpoint.frames):
                picture = self._pipeline(frame).image
                faces += self._pipeline.status == "tracked"
                writer.write(lay_out(self._options.layout, frame.image, picture), frame.pts)
                self._keep_moment(number, frame.image, picture)
                bar.update()
        return Piece(writer.segment.start, writer.segment.frames, faces)

    def _keep_moment(self, number: int, driver: Image, picture: Image) -> None:
        # The first stands for the first moment until that comes, which damage may prevent.
        if number in self._moments or (number == 0 and self._moments):
            index = self._moments.index(number) if number in self._moments else 0
            write_picture(self._work.moment_path(index, "driver"), thumbnail(driver))
            write_picture(self._work.moment_path(index, "output"), thumbnail(picture))

    def _make_bar(self, done: int) -> "tqdm[Any]":
        return tqdm(
            total=self._info.frames,
            initial=done,
            unit="frame",
            desc=printable(self._options.target.name),
            disable=not self._options.progress,
        )


def _finish(
    options: ConvertOptions, info: VideoInfo, work: WorkFolder, checkpoint: Checkpoint
) -> None:
    if not checkpoint.faces:
        raise NoFaceError(f"{options.source} shows no face in any frame: give one that does")
    segments = [
        Segment(work.segment_path(index), piece.start, piece.frames)
        for index, piece in enumerate(checkpoint.pieces)
    ]
    join_segments(segments, options.source, info, work.joined)
    work.joined.replace(options.target)


def _write_preview(path: Path, work: WorkFolder) -> None:
    rows = [
        [read_picture(moment) for moment in sorted(work.path.glob(f"moment-*-{row}.png"))]
        for row in ("driver", "output")
    ]
    with translate_os_errors(path):
        write_picture(path, sheet(rows))


def _resume_key(options: ConvertOptions, segment_frames: int) -> dict[str, Any]:
    """All that the result depends on, for `WorkFolder`."""
    status = options.source.stat()
    with options.source.open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    return {
        "source": [str(options.source), status.st_size, status.st_mtime_ns, head],
        "layout": options.layout,
        "quality": options.quality,
        "preview": options.preview is not None,
        "segment_frames": segment_frames,
        "made_by": [__version__, ENCODER, STATE_FORM],
        "fingerprint": dict(options.fingerprint),
    }


def read_ahead(items: Iterator[_T]) -> Generator[_T, None, None]:
    """The same items in the same order; the next is fetched on another thread meanwhile.

    Pays where fetching does not hold the interpreter's lock, as decoding does not. An error of
    `items` is raised in its place; closing waits for the fetch under way.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


@contextmanager
def _keep_or_remove(work: WorkFolder, note: Callable[[str], None]) -> Iterator[None]:
    """Keep finished frames when the block fails in a way that another run can mend."""
    try:
        yield
    except JoinError:
        note(f"{work.frames} frames are kept in {work.path}")
        raise
    except ReenactError as error:
        if isinstance(error, DiskFullError) and work.frames:
            note(_describe_resuming(work))
        else:
            work.remove()
        raise
    except BaseException:
        if work.frames:
            note(_describe_resuming(work))
        else:
            work.remove()
        raise


def _describe_resuming(work: WorkFolder) -> str:
    return (
        f"{work.frames} frames are kept in {work.path}: "
        "run the same command again to resume after them, or delete that folder"
    )
