"""`reenact bench --graph`: its options, turned into what is measured on what."""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from export.bench_backends import UP_FORMS, Backend, parse_backend, usual_backends
from export.bench_graphs import GraphReport, bench_graphs
from export.bench_subjects import PackGraph, Subject, random_subject
from reenact.cli.command import chosen_pack
from reenact.errors import PackError
from reenact.graphics_cards import nvidia_cards


def bench_graph(options: argparse.Namespace) -> GraphReport:
    """Measure `options.graph`. Raises ValueError, PackError, EngineError."""
    with tempfile.TemporaryDirectory() as folder:
        return bench_graphs(
            _subjects(options, Path(folder)),
            _backends(options),
            batches=options.batches,
            rounds=options.rounds,
        )


def _subjects(options: argparse.Namespace, folder: Path) -> list[Callable[[], Subject]]:
    if options.random_weights:
        return [partial(random_subject, options.graph, size, folder) for size in options.sizes]
    pack = chosen_pack(options)
    if options.graph not in pack.graphs:
        raise PackError(
            f"pack {pack.name} has no graph {options.graph!r}, only {', '.join(pack.graphs)}; "
            "add --random-weights to measure one of full size"
        )
    return [partial(PackGraph, pack, options.graph, folder)]


def _for_files(backends: list[Backend]) -> list[Backend]:
    """Those that read a pack's own files, whose form of up-sampling is as it is."""
    plain = (Backend(b.device, b.variants.difference(UP_FORMS)) for b in backends if not b.in_torch)
    return list(dict.fromkeys(plain))


def _backends(options: argparse.Namespace) -> list[Backend]:
    if options.on is None:
        found = usual_backends(card=bool(nvidia_cards()))
        return found if options.random_weights else _for_files(found)
    return [parse_backend(name) for name in options.on]
