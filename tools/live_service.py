"""A live service in a process of its own, and what it costs."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
URL = re.compile(r"(?P<base>http://127\.0\.0\.1:\d+)/#token=(?P<token>[\w-]+)\n")
END_S = 20.0

FULL = ("-m", "reenact", "serve", "--no-browser")
ECHO = ("-m", "tools.live_echo")
"""Arguments of Python that start the product, and the bench's echo in its place."""


@dataclass(frozen=True, slots=True)
class Served:
    """A service that said where it is."""

    base: str
    token: str
    process: Any

    @property
    def url(self) -> str:
        return f"{self.base}/#token={self.token}"

    def cpu_s(self) -> float:
        """Seconds of a core that it used so far."""
        return cpu_s([self.process])

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def serving(*options: str, program: Sequence[str] = FULL, tree: Path = ROOT) -> Iterator[Served]:
    """The service of the source in `tree`, on this machine alone; `options` are its own.

    Raises RuntimeError with its log when it does not start.
    """
    words = [sys.executable, *program, "--port", "0", "--loopback", "--drain", "0", *options]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(words, cwd=tree, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            found = URL.fullmatch(process.stdout.readline())
            if found is None:
                process.wait(END_S)
                log.seek(0)
                raise RuntimeError(f"the service must start, it said: {log.read()[-2000:]}")
            yield Served(found["base"], found["token"], psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def cpu_s(processes: Sequence[Any]) -> float:
    """Seconds of a core that these processes used so far; those that ended count nothing."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += float(times.user + times.system)
    return total


def browser_processes() -> list[Any]:
    """The browsers that this process started."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "chrom" in _name(process)
    ]


def _name(process: Any) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""


class Shares:
    """Shares of a core that service and browser use, from its making on; `stolen` by others on the
    same hardware, where the system tells."""

    def __init__(self, service: Served) -> None:
        self._service, self._browser = service, browser_processes()
        self._start = self._now()

    def percent(self) -> dict[str, float]:
        """{server, browser, machine_busy, stolen}: percent of one core, of all cores for the last
        two."""
        passed = [now - then for now, then in zip(self._now(), self._start, strict=True)]
        seconds, server, browser, busy, stolen = passed
        cores = psutil.cpu_count() or 1
        shares = (server, browser, busy / cores, stolen / cores)
        names = ("server", "browser", "machine_busy", "stolen")
        return {
            name: round(100 * share / seconds, 1) for name, share in zip(names, shares, strict=True)
        }

    def _now(self) -> tuple[float, ...]:
        times = psutil.cpu_times()
        stolen = float(getattr(times, "steal", 0.0))
        busy = sum(times) - times.idle - getattr(times, "iowait", 0.0) - stolen
        own = (self._service.cpu_s(), cpu_s(self._browser))
        return (time.monotonic(), *own, busy, stolen)
