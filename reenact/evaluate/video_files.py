"""The files of a report on videos: the table, all numbers, a plot and a contact sheet a drive."""

from collections.abc import Sequence
from pathlib import Path

from reenact.evaluate.drive import Drive
from reenact.evaluate.video_plots import draw_worst, plot_signals
from reenact.evaluate.video_report import VideoReport
from reenact.media.claimed_folder import whole_folder
from reenact.media.files import translate_os_errors
from reenact.media.pictures import write_picture

LONGEST_NAME = 40
"""Letters of a clip's name that go into the names of files, which disks limit to 255 bytes."""


def write_files(folder: Path, report: VideoReport, drives: Sequence[Drive]) -> None:
    """Write all of them into `folder`, whole or not at all. Raises MediaError.

    Files of the same names are replaced.
    """
    with translate_os_errors(folder), whole_folder(folder) as fresh:
        (fresh / "table.md").write_text(report.table() + "\n", encoding="utf-8")
        (fresh / "scores.json").write_text(report.to_json() + "\n", encoding="utf-8")
        for number, drive in enumerate(drives, 1):
            name = f"{number:02}-{_fit(drive.clip)}-{_fit(drive.lane)}"
            write_picture(fresh / f"{name}-signals.png", plot_signals(drive))
            write_picture(fresh / f"{name}-worst.png", draw_worst(drive))


def _fit(name: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in name[:LONGEST_NAME])
