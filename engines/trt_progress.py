"""Progress of a TensorRT build: its nested phases as one fraction, and the seconds left."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from engines.trt_api import TensorRt

Report: TypeAlias = Callable[[float | None, float | None], None]
"""Takes the fraction done, 0..1, and the seconds left; None where unknown."""

_TOP_SHARE = 0.9
"""Part of the remaining work that a top phase is taken for: builds have one big top phase."""

_EARLY = 0.02
"""Fraction below which an estimate of the time left would be noise."""


@dataclass(slots=True)
class _Phase:
    """A phase of the build that has begun and not ended."""

    parent: str | None
    """The phase around it; None for a top phase."""
    steps: int
    """The number of its steps, at least 1."""
    done: int = 0
    """The number of steps that are done."""


class BuildProgress:
    """Adds up the phases of a build and reports each advance. Any thread may call it.

    A phase within a phase counts as part of the outer phase's current step. Top phases come one
    after another, and TensorRT does not say how many: each takes `_TOP_SHARE` of what is left.
    """

    def __init__(
        self,
        report: Report,
        stopped: Callable[[], bool],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._report, self._stopped, self._clock = report, stopped, clock
        self._start = clock()
        self._phases: dict[str, _Phase] = {}
        self._before = self._told = 0.0
        self._lock = threading.Lock()

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase begins, within the phase `parent` unless that is None."""
        with self._lock:
            self._phases[name] = _Phase(parent, max(steps, 1))

    def step(self, name: str, step: int) -> bool:
        """Step number `step`, from 0, is done. Returns False to ask TensorRT to stop."""
        with self._lock:
            if name in self._phases:
                self._phases[name].done = step + 1
            self._tell()
        return not self._stopped()

    def finish(self, name: str) -> None:
        """A phase has ended."""
        with self._lock:
            phase = self._phases.pop(name, None)
            if phase is not None and phase.parent is None:
                self._before += (1 - self._before) * _TOP_SHARE
            self._tell()

    def _tell(self) -> None:
        tops = [name for name, phase in self._phases.items() if phase.parent is None]
        under_way = max(map(self._fraction, tops), default=0.0)
        done = min(self._before + (1 - self._before) * _TOP_SHARE * under_way, 1.0)
        if done <= self._told:
            return
        self._told = done
        spent = self._clock() - self._start
        self._report(done, spent * (1 - done) / done if done > _EARLY else None)

    def _fraction(self, name: str) -> float:
        phase = self._phases[name]
        inner = [child for child, other in self._phases.items() if other.parent == name]
        under_way = max(map(self._fraction, inner), default=0.0)
        return min((phase.done + under_way) / phase.steps, 1.0)


def make_monitor(trt: TensorRt, progress: BuildProgress) -> Any:
    """The object through which TensorRT calls `progress`; it must live as long as the build."""
    base: Any = trt.IProgressMonitor  # type: ignore[attr-defined]

    class Monitor(base):  # type: ignore[misc]
        def __init__(self) -> None:
            base.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            return progress.step(phase_name, step)

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

    return Monitor()
