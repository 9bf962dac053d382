"""Measures the live service through a real browser, on this machine.

python -m tools.bench_live                      echo and full pipeline, side by side
python -m tools.bench_live --against ../other   the same source from another folder too, in turns
python -m tools.bench_live --soak 30            does it stay as it is? the exit status says so
python -m tools.bench_live --load               how many sessions a process carries

The figures are of the whole loop: Chromium with a fake camera, WebRTC over loopback, the server's
process, and back onto the page; browser and server share the cores.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reenact.machine import describe_machine
from tools.browser import open_browser
from tools.live_camera import driver_frames, write_camera
from tools.live_page import LivePage
from tools.live_service import ECHO, FULL, ROOT, Served, serving
from tools.live_window import Window, watch

WARM_UP_S = 8.0
"""Until Chromium sends at its full bitrate and the delay has settled."""

DRIFT, GROWTH_MB = 0.10, 20.0
"""How much later and larger a soaked service may be at its end."""

SOAK_WINDOW_S = 30.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: a program of the service, from the source in a folder."""

    name: str
    program: tuple[str, ...]
    tree: Path = ROOT


def main() -> int:
    options = parse(sys.argv[1:])
    machine = describe_machine()
    print("\n".join(machine.lines()), file=sys.stderr)
    report: dict[str, Any] = {"machine": machine.lines()}
    good = True
    if options.load:
        from tools.live_load import ramp

        report["load"] = ramp(options.seconds, options.most, options.takes)
    elif options.soak is not None:
        windows = soak(options.soak * 60)
        found = drift(windows[0], windows[-1])
        report["soak"] = {"windows": [one.as_json() for one in windows], "found": found}
        good = not found
        print("\n".join(found) or "it stays as it was", file=sys.stderr)
    else:
        report["cases"] = compare(cases(options.against), options.seconds, options.rounds)
    text = json.dumps(report, indent=2)
    if options.json is None:
        print(text)
    else:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if good else 1


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench_live", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--seconds", type=float, default=15.0, help="of each window (default: 15)")
    add("--rounds", type=int, default=1, help="how often each case has its turn (default: 1)")
    add("--against", type=Path, metavar="FOLDER", help="another checkout to compare with")
    add("--soak", type=float, metavar="MINUTES", help="run the full pipeline for so long")
    add("--load", action="store_true", help="add sessions until the service cannot keep up")
    add("--most", type=int, default=8, help="sessions at which --load stops (default: 8)")
    add("--takes", type=float, default=0.0, metavar="MS", help="of --load: a net that is not there")
    add("--json", type=Path, metavar="FILE", help="where to write the report (default: the screen)")
    return parser.parse_args(words)


def cases(against: Path | None) -> list[Case]:
    """Echo, the product, and the product of another folder."""
    found = [Case("echo", ECHO), Case("full", FULL)]
    if against is not None:
        found.append(Case(f"full of {against.name}", FULL, against.resolve()))
    return found


def compare(what: list[Case], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """Every case once a round, so that what else the machine does hits all of them alike."""
    rows = []
    with browser_film() as camera:
        for number in range(rounds):
            for case in what:
                with visited(case, camera) as (page, service):
                    window = watch(page, service, seconds)
                say(case.name, window)
                rows.append({"case": case.name, "round": number, **window.as_json()})
    return rows


def soak(seconds: float) -> list[Window]:
    """Windows of one long session."""
    windows: list[Window] = []
    with browser_film() as camera, visited(Case("full", FULL), camera) as (page, service):
        while sum(window.seconds for window in windows) < seconds or len(windows) < 2:
            windows.append(watch(page, service, min(SOAK_WINDOW_S, seconds / 2)))
            say(f"window {len(windows)}", windows[-1])
    return windows


def drift(first: Window, last: Window) -> list[str]:
    """What became worse, a sentence each."""
    found = []
    if first.p50_ms is None or last.p50_ms is None:
        found.append("no delay could be read")
    elif last.p50_ms > (1 + DRIFT) * first.p50_ms:
        found.append(f"the delay grew from {first.p50_ms} to {last.p50_ms} ms")
    if last.memory_mb > first.memory_mb + GROWTH_MB:
        found.append(f"the memory grew from {first.memory_mb} to {last.memory_mb} MB")
    return found


@contextmanager
def browser_film() -> Iterator[Path]:
    """The sample driver, 640 x 480 at 30 a second, as a file for a fake camera."""
    with tempfile.TemporaryDirectory() as folder:
        yield write_camera(Path(folder, "driver.y4m"), driver_frames())


@contextmanager
def visited(case: Case, camera: Path) -> Iterator[tuple[LivePage, Served]]:
    """The case's service with one page that runs, warmed up."""
    with (
        serving(program=case.program, tree=case.tree) as service,
        open_browser(camera) as browser,
    ):
        page = LivePage(browser, service.url)
        page.start()
        page.page.wait_for_timeout(1000 * WARM_UP_S)
        yield page, service
        page.close()


def say(name: str, window: Window) -> None:
    stages = ", ".join(f"{stage} {ms:g}" for stage, ms in window.stages_ms.items())
    shares = ", ".join(f"{who} {percent:g} %" for who, percent in window.percent.items())
    print(
        f"{name}: {window.fps:g} fps, camera to page p50 {window.p50_ms} ms, p95 {window.p95_ms} "
        f"ms, server p50 {window.server_p50_ms} ms ({stages}); {shares}; load {window.load:.1f}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
