"""Clips of drivers: whether they can be measured, and the calmest face of one."""

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np

from reenact.errors import MediaError, NoFaceError
from reenact.evaluate.face_track import Numbers
from reenact.evaluate.ratios import measure_ratios, points_of_mesh
from reenact.face.align import FaceAligner
from reenact.face.head_pose import fit_head
from reenact.media.video_info import VideoInfo
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.types import FaceCrop, Points

Faces: TypeAlias = Generator[FaceCrop | None, None, None]

FEWEST_FRAMES = 10
"""Frames below which a correlation over time is chance."""

OPEN, SHUT = 75.0, 25.0
"""Percentiles of a clip at which open eyes and shut lips are looked for: beside the median, which
in speech is half a blink or half a syllable, and short of the ends, which are noise."""


def check_drivers(
    drivers: Sequence[Path], *, since_s: float = 0.0, landmarker: Path | None = None
) -> list[VideoInfo]:
    """The facts of each clip, when all can be measured from `since_s` on.

    Raises MediaError for a file that is no video or too short, NoFaceError for one without a face.
    """
    return [_check(driver, since_s, landmarker) for driver in drivers]


def check_made(drivers: Sequence[Path], infos: Sequence[VideoInfo], made: Sequence[Path]) -> None:
    """Raises MediaError unless every finished video has a picture for each frame of its driver."""
    if len(made) != len(drivers):
        raise MediaError(
            f"each driver needs the video that was made of it, got {len(made)} for {len(drivers)}: "
            "name them in the same order"
        )
    for driver, info, video in zip(drivers, infos, made, strict=True):
        frames = probe_video(video).frames
        if frames != info.frames:
            raise MediaError(
                f"{video} has {frames} frames and its driver {driver} has {info.frames}: "
                "give a video that was made of it frame by frame"
            )


def _check(driver: Path, since_s: float, landmarker: Path | None) -> VideoInfo:
    info = probe_video(driver)
    left = info.frames - round(since_s * info.rate)
    if left < FEWEST_FRAMES:
        raise MediaError(
            f"{driver} has {max(left, 0)} frames to measure, and a correlation over time needs "
            f"{FEWEST_FRAMES} or more: give a longer clip"
        )
    with closing(_faces(driver, landmarker, as_dlib=False)) as faces:
        if all(face is None for face in faces):
            raise _no_face(driver)
    return info


def find_calmest(
    driver: Path, *, landmarker: Path | None = None, as_dlib: bool = False
) -> FaceCrop:
    """The calmest face of a clip: eyes open, lips shut, brows and head as they mostly are.

    landmarker, as_dlib: those of the stream's aligner. Raises MediaError, NoFaceError.
    """
    faces = closing(_faces(driver, landmarker, as_dlib))
    with faces as all_:
        described = np.array([_describe(None if face is None else face.landmarks) for face in all_])
    if not np.isfinite(described).any():
        raise _no_face(driver)
    again = closing(_faces(driver, landmarker, as_dlib))  # so that no clip's faces are all kept
    with again as all_:
        calmest = next(islice(all_, _nearest_to_calm(described), None))
    assert calmest is not None  # the aligner is deterministic
    return calmest


def _faces(driver: Path, landmarker: Path | None, as_dlib: bool) -> Faces:
    """The face of each frame, the same each time."""
    with (
        FaceAligner(landmarker=landmarker, as_dlib=as_dlib) as aligner,
        closing(read_frames(driver, probe_video(driver))) as frames,
    ):
        yield from map(aligner.align, frames)


def _no_face(driver: Path) -> NoFaceError:
    return NoFaceError(f"{driver} shows no face in any frame: give a clip of one person")


def _describe(landmarks: Points | None) -> Numbers:
    """(8,) ratios and angles; NaN without a face."""
    if landmarks is None:
        return np.full(8, np.nan)
    head = fit_head(landmarks)
    return np.array([*measure_ratios(points_of_mesh(landmarks)), head.yaw, head.pitch, head.roll])


def _nearest_to_calm(described: Numbers) -> int:
    """The row, of (N, 8) ratios and angles, with the least sum of departures from calm."""
    calm = np.nanmedian(described, axis=0)
    calm[:2] = np.nanpercentile(described[:, :2], OPEN, axis=0)
    calm[2] = np.nanpercentile(described[:, 2], SHUT)
    spread = np.nanstd(described, axis=0)
    away = np.abs(described - calm) / np.where(spread > 0, spread, 1.0)
    return int(np.nanargmin(away.sum(axis=1)))
