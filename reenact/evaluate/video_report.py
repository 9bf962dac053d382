"""Report of drives: every metric by clip and lane, with means over clips, as Markdown and JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reenact.evaluate.drive import Drive
from reenact.evaluate.metrics import CEILING, FL_CORR, ID_CSIM, METRICS, POSE_MAE, Metric
from reenact.evaluate.statistics import interval, mean_known

NO_NUMBER = "-"
"""In place of a value that a drive does not show."""

SEED = 12
"""Seed of the bootstrap's draws."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over the clips of one lane."""

    metric: Metric
    """The metric."""
    by_clip: tuple[float, ...]
    """Its value for each clip; NaN where the clip does not show it."""
    mean: float
    """Mean over the clips that do."""
    ends: tuple[float, float]
    """Ends of the mean's 95 % bootstrap interval over clips; NaN for fewer than two clips."""


@dataclass(frozen=True, slots=True)
class VideoReport:
    """All metrics of all drives."""

    clips: tuple[str, ...]
    """Names of the clips."""
    lanes: dict[str, tuple[Summary, ...]]
    """By name of the lane, a summary for each of `METRICS`."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what could not be measured."""

    def table(self) -> str:
        """Format as Markdown: a short table of all lanes, then one of all metrics a lane."""
        parts = [_short_table(self.lanes)]
        for lane, summaries in self.lanes.items():
            parts.append(f"## {lane}\n\n{_long_table(self.clips, summaries)}")
        parts += [f"Note: {text}." for text in self.notes]
        return "\n\n".join(parts)

    def to_json(self) -> str:
        """Format all numbers as JSON; null where there is none."""
        lanes = {
            lane: {summary.metric.name: self._numbers(summary) for summary in summaries}
            for lane, summaries in self.lanes.items()
        }
        return json.dumps({"clips": self.clips, "lanes": lanes, "notes": self.notes}, indent=2)

    def _numbers(self, summary: Summary) -> dict[str, Any]:
        return {
            "unit": summary.metric.unit,
            "mean": _or_null(summary.mean),
            "interval": [_or_null(end) for end in summary.ends],
            "by_clip": [_or_null(value) for value in summary.by_clip],
        }


def report(drives: Sequence[Drive], *, notes: Sequence[str] = (), seed: int = SEED) -> VideoReport:
    """Measure drives; every lane must have driven the same clips in the same order."""
    by_lane: dict[str, list[Drive]] = {}
    for drive in drives:
        by_lane.setdefault(drive.lane, []).append(drive)
    clips = next(iter(by_lane.values()))
    return VideoReport(
        tuple(drive.clip for drive in clips),
        {lane: tuple(_summarise(m, some, seed) for m in METRICS) for lane, some in by_lane.items()},
        tuple(notes),
    )


def _summarise(metric: Metric, drives: Sequence[Drive], seed: int) -> Summary:
    values = tuple(metric.measure(drive) for drive in drives)
    return Summary(metric, values, mean_known(values), interval(values, seed=seed))


def _short_table(lanes: dict[str, tuple[Summary, ...]]) -> str:
    """The paper's three metrics, and the ceiling, by lane."""
    names = (POSE_MAE, *FL_CORR.values(), CEILING, ID_CSIM)
    rows = []
    for lane, summaries in lanes.items():
        known = {summary.metric.name: summary for summary in summaries}
        rows.append([lane, *(_mean_and_ends(known[name]) for name in names)])
    return _markdown(["", *names], rows)


def _long_table(clips: Sequence[str], summaries: Sequence[Summary]) -> str:
    rows = [
        [
            f"{summary.metric.name}, {summary.metric.unit}".rstrip(", "),
            *(_format(value, summary.metric) for value in summary.by_clip),
            _mean_and_ends(summary),
        ]
        for summary in summaries
    ]
    return _markdown(["", *clips, "mean (95 % interval)"], rows)


def _mean_and_ends(summary: Summary) -> str:
    mean = _format(summary.mean, summary.metric)
    if not all(math.isfinite(end) for end in summary.ends):
        return mean
    low, high = (_format(end, summary.metric) for end in summary.ends)
    return f"{mean} ({low} to {high})"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = [[text.replace("|", "\\|") for text in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in table
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _format(value: float, metric: Metric) -> str:
    return f"{value:.{metric.digits}f}" if math.isfinite(value) else NO_NUMBER


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None
