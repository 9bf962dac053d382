"""An engine that serves at once while a better one is built, and then swaps between two calls."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from engines.base import Array, Engine, EngineError, TensorSpec, check_tensors

logger = logging.getLogger(__name__)

_JOIN_S = 30.0
"""Seconds that `close` waits for a build to stop; TensorRT asks between two steps of its own."""

_LEVELS = 3.0
"""Mean difference of uint8 tensors, in levels of 255, up to which two engines agree."""

_SHARE = 0.05
"""The same for floating point: root mean square of the difference, as a share of the tensor's."""


@dataclass(frozen=True, slots=True)
class BuildState:
    """Progress of the better engine, from its build to the swap."""

    stage: str = "building"
    """One of "building", "trying", "swapped", "failed" and "closed"."""
    fraction: float | None = None
    """The part of the build that is done, 0..1; None where the builder does not say."""
    left_s: float | None = None
    """Seconds until the build ends; None where the builder does not say."""
    problem: str = ""
    """Why it failed; empty unless it did."""

    def describe(self) -> str:
        """The state in words for the user who waits; empty once swapped or closed."""
        match self.stage:
            case "building":
                share = "" if self.fraction is None else f", {self.fraction:.0%}"
                left = "" if self.left_s is None else f", about {self.left_s:.0f} s left"
                return f"a faster engine is being built{share}{left}"
            case "trying":
                return "a faster engine is built and compared at the next call"
            case "failed":
                return f"no faster engine: {self.problem}"
        return ""


class BuildWatch:
    """The builder's line to its engine: it reports progress, and learns whether it is to stop."""

    def __init__(self, report: Callable[[float | None, float | None], None]) -> None:
        self.report = report
        """Takes the fraction done and the seconds left, None where unknown; from any thread."""
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the builder to stop."""
        self._stop.set()

    def is_stopped(self) -> bool:
        """Whether the builder is to stop."""
        return self._stop.is_set()

    def wait(self, event: threading.Event) -> bool:
        """Wait for `event`; False when the builder is to stop."""
        while not event.wait(0.1):
            if self.is_stopped():
                return False
        return not self.is_stopped()


Builder: TypeAlias = Callable[[BuildWatch], Engine]
"""Runs on the building thread, and returns an engine or raises EngineError."""


class SwappingEngine:
    """An engine that gets better while it runs. Call it from one thread at a time.

    A thread of its own builds the better engine, tries it, and frees the engine that is no longer
    used. From the swap on the better engine is called from the thread that called the first one;
    `close` may be called from any thread. The better engine takes over only when its tensors are
    the same and it agrees with the first one on a real call. A failure is logged once and kept in
    `reason`, and the first engine serves on.
    """

    def __init__(self, first: Engine, build: Builder) -> None:
        """Serve with `first` and start `build`. `first` is closed after the swap, or with this."""
        self._engine, self._state = first, BuildState()
        self._lock = threading.Lock()  # held for each call, so that a swap falls between two
        self._watch = BuildWatch(self._report)
        self._sample: tuple[dict[str, Array], dict[str, Array]] | None = None
        self._sample_wanted, self._sample_taken = False, threading.Event()
        self._thread = threading.Thread(
            target=self._improve, args=(build,), name="engine build", daemon=True
        )
        self._thread.start()

    @property
    def inputs(self) -> Mapping[str, TensorSpec]:
        return self._engine.inputs

    @property
    def outputs(self) -> Mapping[str, TensorSpec]:
        return self._engine.outputs

    @property
    def device(self) -> str:
        """The device of the engine in use."""
        return self._engine.device

    @property
    def reason(self) -> str:
        """The reason of the engine in use, and the progress of the better one."""
        return "; ".join(filter(None, (self._engine.reason, self._state.describe())))

    @property
    def state(self) -> BuildState:
        """Progress of the better engine."""
        return self._state

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        """Run the net once, on the best engine that is ready."""
        with self._lock:
            outputs = self._engine(**inputs)
            if self._sample_wanted:
                self._sample = _copy_all(inputs), _copy_all(outputs)
                self._sample_wanted = False
                self._sample_taken.set()
            return outputs

    def wait(self, timeout_s: float) -> BuildState:
        """Wait for the swap or its failure; the comparison before the swap needs a call."""
        self._thread.join(timeout_s)
        return self._state

    def close(self) -> None:
        """Stop the build and free both engines; a second call is harmless."""
        self._watch.stop()
        self._thread.join(_JOIN_S)
        if self._thread.is_alive():
            logger.warning(
                "an engine build does not stop; it runs to its end in the background, unused"
            )
        with self._lock:
            self._engine.close()
            self._state = replace(self._state, stage="closed")

    def _report(self, fraction: float | None, left_s: float | None) -> None:
        self._state = replace(self._state, fraction=fraction, left_s=left_s)

    def _improve(self, build: Builder) -> None:
        started, better = time.perf_counter(), None
        try:
            better = build(self._watch)
            self._try(better)
        except EngineError as error:
            self._fail(str(error))
        except Exception as error:
            logger.exception("an engine build broke")
            self._fail(f"its build broke ({type(error).__name__}: {error})")
        else:
            if not self._watch.is_stopped():
                better = self._swap(better)
                logger.info("swapped engines after %.0f s", time.perf_counter() - started)
        if better is not None:
            better.close()

    def _try(self, better: Engine) -> None:
        """Raise EngineError unless `better` does as the first engine does; return once stopped."""
        for kind in ("inputs", "outputs"):
            wanted, found = getattr(self._engine, kind), getattr(better, kind)
            check_tensors("the faster engine", list(wanted.values()), list(found.values()))
        self._state = replace(self._state, stage="trying", fraction=1.0, left_s=None)
        self._sample_wanted = True
        if not self._watch.wait(self._sample_taken):
            return
        assert self._sample is not None
        inputs, expected = self._sample
        self._sample = None
        difference = describe_disagreement(expected, better(**inputs))
        if difference:
            raise EngineError(f"it does not agree with the engine in use: {difference}")

    def _swap(self, better: Engine) -> Engine:
        """Put `better` to use; returns the engine that it replaces."""
        with self._lock:
            old, self._engine = self._engine, better
            self._state = replace(self._state, stage="swapped")
        return old

    def _fail(self, problem: str) -> None:
        if not self._watch.is_stopped():
            self._state = BuildState("failed", problem=problem)
            logger.warning("going on with %s: %s", self._engine.device, problem)


def describe_disagreement(expected: Mapping[str, Array], found: Mapping[str, Array]) -> str:
    """A tensor that differs by more than another precision explains, in words; else empty."""
    for name, want in expected.items():
        got = found[name]
        if want.shape != got.shape:
            return f"{name} is {got.shape}, not {want.shape}"
        error = np.subtract(got, want, dtype=np.float64)
        if want.dtype == np.uint8:
            if (mean := float(np.abs(error).mean())) > _LEVELS:
                return f"{name} differs by {mean:.1f} levels of 255"
        elif not (share := _rms(error) / max(_rms(want), 1e-6)) <= _SHARE:  # nan disagrees
            return f"{name} differs by {share:.0%}"
    return ""


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _copy_all(arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {name: array.copy() for name, array in arrays.items()}
