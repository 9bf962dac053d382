"""`reenact bench --graph`: one net on several backends, interleaved in one run.

Each round calls every backend once. Whatever else the machine does meanwhile slows all of them
alike, so their ratios hold on a busy machine too.

Three programs measure speed. `reenact bench` (`reenact/bench.py`) times the stages of a frame on
its way through the pipeline. `reenact bench --graph` times one net: `bench_graphs.py` measures,
`bench_backends.py` opens it on a backend, `bench_subjects.py` provides the net.
`tools/bench_live.py` times the whole service through a real browser, network and codecs included.
"""

import gc
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from engines import ON_PROCESSOR
from engines.base import EngineError
from export.bench_backends import Backend, LoadedNet, choose_backends, open_backend, work_of
from export.bench_subjects import Subject, choose_subjects
from reenact.graphics_cards import read_used_memory_mb
from reenact.machine import Machine, describe_machine
from reenact.packs.pack import Pack
from reenact.stopwatch import Stopwatch

WARM_UP = 3
"""Calls per backend before the timed ones: the first call of a shape allocates and compiles."""

_COLUMNS = ("p50", "p95", "p99", "GMAC", "TFLOP/s", "MB", "on card")


@dataclass(frozen=True, slots=True)
class Row:
    """A backend's time for one call of a net."""

    stage: str
    """The case and the backend, by which two reports are compared."""
    case: str
    """The net and the batch."""
    backend: str
    """The backend's name."""
    batch: int
    """Items in a call."""
    p50: float
    """Median time of a call, milliseconds."""
    p95: float
    """95th percentile, milliseconds."""
    p99: float
    """99th percentile, milliseconds."""
    gmac: float
    """Billions of multiply-accumulates that this form of the net takes for one item."""
    memory_mb: float
    """Megabytes of resident memory that loading and the first call took."""
    card_mb: float
    """Megabytes on the card that loading and the first call took."""

    @property
    def tflops(self) -> float:
        """Tera-operations per second that were reached; a multiply-accumulate is two operations."""
        return 2 * self.gmac * self.batch / self.p50


@dataclass(frozen=True, slots=True)
class GraphReport:
    """The times of nets on backends, measured in one run."""

    machine: Machine
    """The machine that was measured."""
    rounds: int
    """Timed calls per backend."""
    warm_up: int
    """Calls per backend before the timed ones."""
    timings: tuple[Row, ...]
    """One row for each net, batch and backend."""
    missing: tuple[str, ...]
    """For each backend that could not be measured, a sentence with the reason."""

    def table(self, before: Mapping[str, float] | None = None) -> str:
        """The report for a terminal. before: another report's medians by stage, to compare with."""
        about = f"{self.rounds} interleaved rounds after {self.warm_up} to warm up, milliseconds"
        head = "".join((" " * 42, *(f"{word:>9}" for word in _COLUMNS)))
        lines = [*self.machine.lines(), about, head]
        lines += [_format_row(row, before) for row in self.timings]
        return "\n".join([*lines, *self.ratios(), *(f"missing: {text}" for text in self.missing)])

    def ratios(self) -> list[str]:
        """For each device, how many times longer torch takes than the product's engine."""
        found = {(row.case, row.backend): row.p50 for row in self.timings}
        return [
            f"{case}: {backend} takes {p50 / found[case, name]:.2f} x the time of {name}"
            for (case, backend), p50 in found.items()
            for name in ("cpu", "openvino:blurred", "cuda", "tensorrt")
            if _compares(backend, name) and (case, name) in found
        ]

    def to_json(self) -> str:
        """The report as JSON, which `--against` reads."""
        rows = [{**asdict(row), "tflops": row.tflops} for row in self.timings]
        return json.dumps({**asdict(self), "timings": rows}, indent=1)


def run_bench_graphs(
    graph: str, *, pack: Pack | None, sizes: Sequence[int], on: Sequence[str] | None,
    batches: Sequence[int], rounds: int,
) -> GraphReport:  # fmt: skip
    """Measure the net `graph` of `pack`, or with random weights when there is no pack.

    sizes: of the random nets' pictures, in pixels. on: names of backends, None for the usual ones.
    batches: items in a call. rounds: timed calls per backend.
    Raises ValueError, PackError or EngineError with what cannot be measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        return measure_subjects(
            choose_subjects(graph, pack=pack, sizes=sizes, folder=Path(folder)),
            choose_backends(on, random_weights=pack is None),
            batches=batches,
            rounds=rounds,
        )


def measure_subjects(
    subjects: Sequence[Callable[[], Subject]], backends: Sequence[Backend], *,
    batches: Sequence[int], rounds: int, warm_up: int = WARM_UP,
) -> GraphReport:  # fmt: skip
    """Measure every subject on every backend; a subject is made only when its turn comes.

    The report names each backend that does not work, with the reason. Raises EngineError when none
    works.
    """
    rows: list[Row] = []
    missing: list[str] = []
    for make in subjects:
        subject = make()
        with ExitStack() as stack:
            candidates = _open_all(subject, backends, stack, missing)
            for batch in batches:
                rows += _measure(subject, candidates, batch, rounds, warm_up)
        gc.collect()
    if not rows:
        raise EngineError(missing[0])
    return GraphReport(describe_machine(), rounds, warm_up, tuple(rows), tuple(missing))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A backend that is ready to be measured; its figures are those of `Row`."""

    backend: Backend
    """The backend."""
    net: LoadedNet
    """The net on that backend."""
    gmac: float
    """Billions of multiply-accumulates for one item."""
    memory_mb: float
    """Megabytes of resident memory that it took."""
    card_mb: float
    """Megabytes on the card that it took."""


def _open_all(
    subject: Subject, backends: Sequence[Backend], stack: ExitStack, missing: list[str]
) -> list[_Candidate]:
    candidates = []
    for backend in backends:
        try:
            gmac = work_of(backend, subject) / 1e9
            memory, card = _memory_mb(), read_used_memory_mb()
            net = open_backend(backend, subject)
            stack.callback(net.close)
            net.run(subject.inputs(1))
        except EngineError as error:
            missing.append(f"{subject.name} on {backend}: {error}")
            continue
        grown = _memory_mb() - memory, read_used_memory_mb() - card
        candidates.append(_Candidate(backend, net, gmac, *grown))
    return candidates


def _measure(
    subject: Subject, candidates: list[_Candidate], batch: int, rounds: int, warm_up: int
) -> list[Row]:
    stopwatch, inputs = Stopwatch(), subject.inputs(batch)
    for turn in range(warm_up + rounds):
        first = turn % max(len(candidates), 1)  # so that none always runs behind the same one
        for candidate in (*candidates[first:], *candidates[:first]):
            with stopwatch.time(str(candidate.backend)):
                candidate.net.run(inputs)
    times = {timing.stage: timing for timing in stopwatch.timings(warm_up)}
    case = f"{subject.name} x{batch}"
    return [
        Row(
            f"{case} on {name}", case, name, batch, times[name].p50, times[name].p95,
            times[name].p99, candidate.gmac, candidate.memory_mb, candidate.card_mb,
        )
        for name, candidate in ((str(candidate.backend), candidate) for candidate in candidates)
    ]  # fmt: skip


def _memory_mb() -> float:
    gc.collect()
    memory: Any = psutil.Process().memory_info()
    return float(memory.rss / 1e6)


def _compares(backend: str, name: str) -> bool:
    home = "cpu" if name.partition(":")[0] in ON_PROCESSOR else "cuda"
    return backend.partition(":")[0] == f"torch-{home}"


def _format_row(row: Row, before: Mapping[str, float] | None) -> str:
    times = "".join(f"{value:>9.2f}" for value in (row.p50, row.p95, row.p99))
    use = f"{row.gmac:>9.1f}{row.tflops:>9.3f}{row.memory_mb:>9.0f}{row.card_mb:>9.0f}"
    line = f"{row.stage:<42}{times}{use}"
    if before is not None and row.stage in before:
        line += f"   {row.p50 / before[row.stage]:.2f} x the {before[row.stage]:.2f} of before"
    return line
