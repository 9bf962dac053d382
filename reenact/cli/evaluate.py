"""The verbs that measure a pack: on known motions of drawn people, and on clips of real ones."""

import argparse

from reenact.cli.options import (
    add_json_option,
    add_landmarker_option,
    add_net_options,
    add_only_option,
    choose_identity,
    choose_pack,
    count,
    open_reenactor,
    path,
)
from reenact.cli.terminal import say


def add_avatar_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--samples", type=count, default=200, help="number of held-out motions to compare")
    add("--seed", type=int, default=20_000, help="the random seed of those motions")
    add_only_option(parser)
    add_net_options(parser)
    add_json_option(parser)


def evaluate_avatars(options: argparse.Namespace) -> int:
    """Compare an avatar pack with the drawn people it was trained on."""
    from reenact.evaluate import avatars

    scores = avatars.evaluate_avatars(
        open_reenactor(choose_pack(options.pack), options.device),
        samples=options.samples,
        seed=options.seed,
        identities=options.only,
    )
    say(scores.to_json() if options.json else scores.table())
    return 0


def add_video_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("drivers", nargs="+", type=path, metavar="DRIVER", help="videos of people to drive with")
    add(
        "--identity",
        nargs="+",
        default=[],
        metavar="NAME",
        help="the identities to drive, by default the pack's first",
    )
    add_net_options(parser)
    add_landmarker_option(parser)
    add_json_option(parser)


def evaluate_videos(options: argparse.Namespace) -> int:
    """Measure how faithfully a pack follows people in videos, by the paper's table and more."""
    from reenact.evaluate.videos import evaluate_videos

    pack = choose_pack(options.pack)
    identities = [choose_identity(pack, name) for name in options.identity or [None]]
    report = evaluate_videos(
        open_reenactor(pack, options.device),
        options.drivers,
        identities,
        landmarker=options.landmarker,
    )
    say(report.to_json() if options.json else report.table())
    return 0
