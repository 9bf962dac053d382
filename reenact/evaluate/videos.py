"""Evaluation of videos: how faithfully a pack's identities follow people in clips."""

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from reenact.driving import Driving
from reenact.evaluate.drive import Drive, drive_clip, open_stage
from reenact.evaluate.video_report import VideoReport, report
from reenact.media.video_probe import probe_video
from reenact.reenactor import Reenactor
from reenact.types import Identity


def evaluate_videos(
    reenactor: Reenactor,
    drivers: Sequence[Path],
    identities: Sequence[Identity],
    *,
    landmarker: Path | None = None,
) -> VideoReport:
    """Drive every identity with every clip, as a conversion does, and measure."""
    frames = sum(probe_video(driver).frames for driver in drivers)
    drivings = [(identity.name, Driving(identity)) for identity in identities]
    drives: list[Drive] = []
    with tqdm(total=frames, unit="frame") as bar:
        for driver in drivers:
            with open_stage(reenactor, drivings, landmarker=landmarker) as stage:
                drives += drive_clip(driver, stage, advance=bar.update)
    return report(drives)
