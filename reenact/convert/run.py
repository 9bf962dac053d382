"""Offline conversion of a video, a picture or a folder of pictures with an injected pipeline."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reenact.convert.folder import convert_folder
from reenact.convert.options import (
    ConvertOptions,
    ConvertReport,
    OpenPipeline,
    refuse_existing,
)
from reenact.convert.pictures import convert_picture
from reenact.convert.video import SEGMENT_FRAMES, convert_video
from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.media.paths import fold_name
from reenact.media.picture_kinds import read_picture_kind
from reenact.media.pictures import (
    PICTURE_SUFFIXES,
    has_picture_name,
    holds_film,
    require_picture_kind,
)
from reenact.media.video_streams import open_video

logger = logging.getLogger(__name__)

_LARGEST_QUALITY = 51  # of H.264's constant rate factor


def run_convert(
    options: ConvertOptions,
    open_pipeline: OpenPipeline,
    *,
    note: Callable[[str], None] = logger.warning,
    segment_frames: int = SEGMENT_FRAMES,
) -> ConvertReport:
    """Convert `options.source` to `options.target`, frame by frame; return when it is whole.

    Opens one pipeline and closes it. Sentences for the user (an earlier run resumed or discarded,
    what Ctrl-C left behind) go to `note` as they arise. A killed conversion of a video resumes at
    a multiple of `segment_frames`. The target is only ever whole: it is renamed into place at the
    end.

    Raises MediaError for any input or output that cannot be read or written, or that another
    process is writing, NoFaceError when no
    frame shows a face, ValueError for a quality outside 0..51, and whatever the pipeline raises.
    """
    started = time.perf_counter()
    options = replace(
        options,
        source=options.source.absolute(),
        target=options.target.absolute(),
        preview=options.preview and options.preview.absolute(),
    )
    _check_options(options)
    if options.source.is_dir():
        report = convert_folder(options, open_pipeline)
    elif has_picture_name(options.target):
        report = convert_picture(options, open_pipeline)
    else:
        report = convert_video(options, open_pipeline, note=note, segment_frames=segment_frames)
    return replace(report, seconds=time.perf_counter() - started)


def _check_options(options: ConvertOptions) -> None:
    """Raise MediaError or ValueError for whatever can be known to fail before any work."""
    source, target = options.source, options.target
    if not 0 <= options.quality <= _LARGEST_QUALITY:
        raise ValueError(f"quality must be 0 (best) to {_LARGEST_QUALITY}, got {options.quality}")
    with translate_os_errors(source, "cannot be read", "check the path of the source"):
        if not source.is_file() and not source.is_dir():
            raise MediaError(f"there is no file or folder {source}: check the path of the source")
    with translate_os_errors(target):
        _check_kinds(source, target)
        _check_output(target, source, force=options.force)
    if options.preview is not None:
        with translate_os_errors(options.preview):
            _check_preview(options.preview, options)


def _check_kinds(source: Path, target: Path) -> None:
    if source.is_dir():
        if target.exists() and not target.is_dir():
            raise MediaError(f"{source} is a folder and {target} a file: name a folder as target")
        return
    if target.is_dir():
        raise MediaError(f"{target} is a folder and {source} a file: name a file as target")
    kind, wants_picture = read_picture_kind(source), has_picture_name(target)
    if kind is None and wants_picture:
        with open_video(source):  # raises for what is no video either
            raise MediaError(
                f"{source} is a video, so the target must end in .mp4, .mov or .mkv, not "
                f"{target.suffix}: choose one of these"
            )
    if kind is not None and not wants_picture and not holds_film(source):
        require_picture_kind(source)
        raise MediaError(
            f"{source} is a picture, so the target must end in {', '.join(PICTURE_SUFFIXES)}, "
            f"not {target.suffix or 'nothing'}: choose one of these"
        )


def _check_preview(preview: Path, options: ConvertOptions) -> None:
    source, target = options.source, options.target
    _check_output(preview, source, force=options.force)
    if _is_same(preview, target) or _would_meet(preview, target):
        raise MediaError(f"the preview would overwrite the target {target}: name another file")
    if not has_picture_name(preview):
        raise MediaError(f"the preview {preview} must end in {', '.join(PICTURE_SUFFIXES)}")
    if source.is_dir():
        for folder in (source, target):
            if any(_is_same(parent, folder) for parent in Path(os.path.realpath(preview)).parents):
                raise MediaError(
                    f"the preview {preview} would lie among the pictures of {folder}, where it "
                    "could replace one: name a file elsewhere"
                )
        if any(_is_same(preview, picture) for picture in source.iterdir()):
            raise MediaError(f"{preview} is a picture of the source: name another file to write to")


def _check_output(output: Path, source: Path, *, force: bool) -> None:
    if _is_same(output, source):
        raise MediaError(f"{output} is the source itself: name another file to write to")
    refuse_existing(output, force=force)
    if not output.parent.is_dir():
        raise MediaError(f"there is no folder {output.parent}: make it first, or name another")
    if not os.access(output.parent, os.W_OK):
        raise MediaError(f"{output.parent} may not be written to: name another folder")


def _would_meet(one: Path, other: Path) -> bool:
    """Whether some disk would take both for one file of the same folder."""
    return fold_name(one.name) == fold_name(other.name) and _is_same(one.parent, other.parent)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other) or (
        one.exists() and other.exists() and one.samefile(other)
    )
