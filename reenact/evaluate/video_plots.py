"""Plots of a drive: the ratios of driver and output over time, and the worst moments' pictures."""

from collections.abc import Sequence

import cv2
import numpy as np

from reenact.evaluate.drive import Drive
from reenact.evaluate.face_track import READERS, Numbers
from reenact.evaluate.ratios import RATIOS
from reenact.evaluate.statistics import correlate
from reenact.media.preview import sheet
from reenact.types import Image

PANEL = (110, 640)
"""Height and width of one signal's plot, pixels."""

DRIVER_INK, OUTPUT_INK, PALE, TEXT = (40, 90, 200), (220, 100, 20), (225, 225, 225), (40, 40, 40)

MOMENTS = 8
"""Moments on a contact sheet."""

APART_S = 0.4
"""Least seconds between two of them: about one syllable, so that no two show the same mistake."""

WORST = 4.0
"""Largest departure that counts, in the driver's deviations: beyond, it is a misread frame."""


def plot_signals(drive: Drive) -> Image:
    """Every ratio over time by each reader, driver in blue and output in orange.

    Each without its own median, in the same scale, so that too small and too late both show.
    """
    columns = [
        np.vstack([_plot(drive, reader, index) for index in range(len(RATIOS))])
        for reader in READERS
    ]
    return np.hstack(columns)


def find_worst(drive: Drive) -> list[tuple[int, str]]:
    """Frames where the output departs most from the driver, in order of time, and in which ratio.

    By MediaPipe, which trembles less, in deviations of the driver's signal.
    """
    one, other = drive.driver.ratios["MediaPipe"], drive.output.ratios["MediaPipe"]
    spread = np.maximum(np.nan_to_num(np.nanstd(one, axis=0)), 1e-6)
    away = np.abs(_without_median(one) - _without_median(other)) / spread
    away = np.minimum(np.nan_to_num(away), WORST)
    total, times = away.sum(axis=1), drive.driver.times
    chosen: list[int] = []
    for index in np.argsort(-total, kind="stable").tolist():
        if all(abs(times[index] - times[other]) >= APART_S for other in chosen):
            chosen.append(index)
        if len(chosen) == MOMENTS:
            break
    return [(index, RATIOS[int(away[index].argmax())]) for index in sorted(chosen)]


def draw_worst(drive: Drive) -> Image:
    """A contact sheet of these moments: the driver's face above, the output below."""
    worst = find_worst(drive)
    shown = [drive.thumbnails[index] for index, _ in worst]
    rows = [[_decode(pair[row]) for pair in shown] for row in range(2)]
    start = drive.driver.times[0]
    stamps = [f"{drive.driver.times[index] - start:.1f} s" for index, _ in worst]
    return sheet(rows, [stamps, [ratio for _, ratio in worst]])


def _plot(drive: Drive, reader: str, index: int) -> Image:
    height, width = PANEL
    panel = np.full((height, width, 3), 255, np.uint8)
    one, other = (track.ratios[reader][:, index] for track in (drive.driver, drive.output))
    signals = [_without_median(one), _without_median(other)]
    most = float(np.nanmax(np.abs([*signals, np.full_like(one, 1e-3)])))
    times = drive.driver.times - drive.driver.times[0]
    across = times / max(float(times[-1]), 1e-3) * (width - 1)
    for second in range(int(times[-1]) + 1):
        x = round(second / max(float(times[-1]), 1e-3) * (width - 1))
        cv2.line(panel, (x, 0), (x, height - 1), PALE, 1)
    for signal, ink in zip(signals, (DRIVER_INK, OUTPUT_INK), strict=True):
        _draw_line(panel, across, height * (0.55 - 0.4 * signal / most), ink)
    text = f"{RATIOS[index]}, {reader}: correlation {correlate(one, other):.2f}"
    cv2.putText(panel, text, (6, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, TEXT, 1, cv2.LINE_AA)
    return panel


def _draw_line(panel: Image, x: Numbers, y: Numbers, ink: Sequence[int]) -> None:
    """A line through the points, in pieces where one is NaN."""
    gaps = np.flatnonzero(~np.isfinite(y))
    for piece in np.split(np.arange(len(y)), gaps):
        points = np.array([(x[at], y[at]) for at in piece if np.isfinite(y[at])])
        if len(points) > 1:
            cv2.polylines(panel, [np.round(points).astype(np.int32)], False, ink, 1, cv2.LINE_AA)


def _without_median(values: Numbers) -> Numbers:
    known = np.isfinite(values).any()
    return np.asarray(values - np.nanmedian(values, axis=0)) if known else values


def _decode(picture: bytes) -> Image:
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded here
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
