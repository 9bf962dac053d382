"""Stopwatch: times by stage, their percentiles, and a table of them beside those of before."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reenact.errors import MediaError


@dataclass(frozen=True, slots=True)
class Timing:
    """Percentiles of the times of a stage, in milliseconds."""

    stage: str
    """Name of the stage."""
    p50: float
    """Median."""
    p95: float
    """95th percentile."""
    p99: float
    """99th percentile."""


@dataclass(slots=True)
class Stopwatch:
    """Times by stage."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Seconds by stage, in the order of their first use."""

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count the time inside the block for `stage`."""
        start = time.perf_counter()
        yield
        self.seconds.setdefault(stage, []).append(time.perf_counter() - start)

    def add(self, seconds: Mapping[str, float]) -> None:
        """Count times that were measured elsewhere."""
        for stage, value in seconds.items():
            self.seconds.setdefault(stage, []).append(value)

    def timings(self, warm_up: int) -> tuple[Timing, ...]:
        """Percentiles of every stage, without its first `warm_up` times."""
        return tuple(
            Timing(stage, *np.percentile(1e3 * np.array(times[warm_up:]), (50, 95, 99)).tolist())
            for stage, times in self.seconds.items()
        )


def timing_rows(timings: Sequence[Timing], before: Mapping[str, float] | None = None) -> list[str]:
    """The lines of a table. before: other medians by stage, to set these against."""
    width = max(14, *(len(row.stage) + 2 for row in timings))
    lines = [f"{'milliseconds':<{width}}{'p50':>9}{'p95':>9}{'p99':>9}"]
    for row in timings:
        line = f"{row.stage:<{width}}{row.p50:>9.2f}{row.p95:>9.2f}{row.p99:>9.2f}"
        if before is not None and row.stage in before:
            line += f"   {row.p50 / before[row.stage]:.2f} x the {before[row.stage]:.2f} of before"
        lines.append(line)
    return lines


def read_medians(report: Path) -> dict[str, float]:
    """Medians by stage of a report written with --json. Raises MediaError when it is none."""
    try:
        rows = json.loads(report.read_text(encoding="utf-8"))["timings"]
        return {str(row["stage"]): float(row["p50"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(
            f"{report} is no report of reenact bench ({error}); make one with: "
            "reenact bench --json > report.json"
        ) from error
