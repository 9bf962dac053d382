"""`reenact bench` and `reenact doctor`: measure this machine, and check it."""

import argparse

from reenact.cli.options import (
    add_identity_option,
    add_json_option,
    add_landmarker_option,
    add_net_options,
    choose_identity,
    choose_pack,
    count,
    open_reenactor,
    path,
)
from reenact.cli.terminal import say


def words(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def counts(text: str) -> list[int]:
    """Whole numbers from 1, between commas."""
    return [count(word) for word in words(text)]


def add_bench_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--clip", type=path, metavar="FILE", help="a video of a face, instead of the bundled one")
    add("--frames", type=count, default=120, help="the number of frames to measure")
    add(
        "--against",
        type=path,
        metavar="FILE",
        help="a report written with --json, to compare this one with",
    )
    _add_graph_options(parser)
    add_identity_option(parser)
    add_net_options(parser)
    add_landmarker_option(parser)
    add_json_option(parser)


def _add_graph_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--graph", help="measure only this net: synthesis, motion, identity or mapping")
    add(
        "--random-weights",
        action="store_true",
        help="measure a net of full size without any pack; needs torch",
    )
    add(
        "--sizes",
        type=counts,
        default=[256, 512, 1024],
        metavar="N,N",
        help="picture sizes of the nets with random weights, in pixels",
    )
    add("--batches", type=counts, default=[1], metavar="N,N", help="numbers of items in one call")
    add("--rounds", type=count, default=20, help="timed calls per backend")
    add(
        "--on",
        type=words,
        metavar="NAME,NAME",
        help="backends, by default those that suit this machine: devices, also :transposed and "
        ":fp16, torch-cpu, and torch-cuda with :half+channels-last+compile or +graph",
    )


def bench(options: argparse.Namespace) -> int:
    """Measure what a frame costs on this machine, stage by stage, or one net on many backends."""
    from reenact.bench import run_bench
    from reenact.packs.bundled import DRIVER
    from reenact.stopwatch import read_medians

    before = options.against and read_medians(options.against)
    if options.graph:
        from export.bench_graphs import run_bench_graphs

        graphs = run_bench_graphs(
            options.graph,
            pack=None if options.random_weights else choose_pack(options.pack),
            sizes=options.sizes,
            on=options.on,
            batches=options.batches,
            rounds=options.rounds,
        )
        say(graphs.to_json() if options.json else graphs.table(before))
        return 0
    pack = choose_pack(options.pack)
    identity = choose_identity(pack, options.identity)
    report = run_bench(
        open_reenactor(pack, options.device),
        identity,
        clip=options.clip or DRIVER,
        frames=options.frames,
        landmarker=options.landmarker,
    )
    say(report.to_json() if options.json else report.table(before))
    return 0


def add_doctor_options(parser: argparse.ArgumentParser) -> None:
    add_net_options(parser)
    add_landmarker_option(parser)
    add_json_option(parser)


def doctor(options: argparse.Namespace) -> int:
    """Check that this machine can convert, and on what it would run."""
    from reenact.doctor.report import run_doctor

    report = run_doctor(pack=options.pack, device=options.device, landmarker=options.landmarker)
    say(report.to_json() if options.json else report.table())
    return 0 if report.ok else 1
