"""One stretch of a running page, in figures."""

import os
from dataclasses import asdict, dataclass
from statistics import median
from time import monotonic
from typing import Any

from tools.live_page import LivePage
from tools.live_service import Served, Shares

STEP_MS = 1000.0
"""Between two askings: the page forgets delays after ten seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """fps: pictures that the browser decoded a second. p50_ms, p95_ms: camera to page, by the
    delay code; server_*: the server's part, from a decoded frame to its picture's leaving.
    stages_ms: medians of that part and of what surrounds it. percent: of one core, see `Shares`.
    load: processes that wanted a core at the start, where the system tells."""

    seconds: float
    fps: float
    p50_ms: float | None
    p95_ms: float | None
    delays: int
    server_p50_ms: float | None
    server_p95_ms: float | None
    stages_ms: dict[str, float]
    in_fps: float
    dropped: int
    percent: dict[str, float]
    memory_mb: float
    load: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def watch(page: LivePage, service: Served, seconds: float) -> Window:
    """What happens during the next `seconds`."""
    page.delays_ms(), page.stats()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    shares, start, decoded = Shares(service), monotonic(), page.decoded()
    delays: list[float] = []
    stats: list[dict[str, Any]] = []
    while monotonic() - start < seconds:
        page.page.wait_for_timeout(STEP_MS)
        delays += page.delays_ms()
        stats += page.stats()
    lasted = monotonic() - start
    return Window(
        seconds=round(lasted, 1),
        fps=round((page.decoded() - decoded) / lasted, 1),
        p50_ms=percentile(delays, 50),
        p95_ms=percentile(delays, 95),
        delays=len(delays),
        server_p50_ms=_middle([one["age_ms"][0] for one in stats]),
        server_p95_ms=_middle([one["age_ms"][1] for one in stats]),
        stages_ms=stages_of(stats),
        in_fps=_middle([one["in_fps"] for one in stats]) or 0.0,
        dropped=stats[-1]["dropped"] - stats[0]["dropped"] if stats else 0,
        percent=shares.percent(),
        memory_mb=round(service.memory_mb(), 1),
        load=load,
    )


def percentile(values: list[float], percent: float) -> float | None:
    """By nearest rank; None without any value."""
    if not values:
        return None
    return round(sorted(values)[min(int(len(values) * percent / 100), len(values) - 1)], 1)


def stages_of(stats: list[dict[str, Any]]) -> dict[str, float]:
    """The median of each stage over what the server said."""
    names = {name for one in stats for name in one["stages"]}
    values = {
        name: [one["stages"][name] for one in stats if one["stages"].get(name) is not None]
        for name in sorted(names)
    }
    return {name: round(median(some), 1) for name, some in values.items() if some}


def _middle(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None
