"""The verbs that measure a pack: on known motions of drawn people, and on clips of real ones."""

import argparse
from typing import TYPE_CHECKING

from reenact.cli.options import (
    add_force_option,
    add_json_option,
    add_landmarker_option,
    add_net_options,
    add_only_option,
    check_target,
    choose_identity,
    choose_pack,
    count,
    open_reenactor,
    path,
    seconds,
)
from reenact.cli.terminal import say

if TYPE_CHECKING:
    from reenact.types import FaceCrop

CALMEST = "calmest"
"""In place of a picture: the calmest frame of the clip itself."""


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
    add("drivers", nargs="+", type=path, metavar="DRIVER", help="videos of one person each")
    add(
        "--identity",
        nargs="+",
        default=[],
        metavar="NAME",
        help="the identities to drive, by default the pack's first",
    )
    add(
        "--made",
        nargs="+",
        type=path,
        default=[],
        metavar="VIDEO",
        help="measure these videos, made of the drivers frame by frame, instead of driving a pack",
    )
    add(
        "--neutral",
        nargs="+",
        default=[],
        metavar="FILE",
        help="a picture of the drivers' neutral face, one for all or one for each, or the word "
        f"{CALMEST} for the calmest frame of each; by default it is learnt as in a conversion",
    )
    add(
        "--since",
        type=seconds,
        default=0.0,
        metavar="SECONDS",
        help="measure from this second of each clip on; all of it is driven",
    )
    add("--output", type=path, metavar="FOLDER", help="also write table, JSON, plots and sheets")
    add_force_option(parser)
    add_net_options(parser)
    add_landmarker_option(parser)
    add_json_option(parser)


def evaluate_videos(options: argparse.Namespace) -> int:
    """Measure how faithfully a pack follows people in videos, by the paper's table and more."""
    from reenact.evaluate.video_files import write_files
    from reenact.evaluate.video_report import report
    from reenact.evaluate.videos import Clips, drive_identities, read_made

    check_target(options.output, force=options.force)
    if options.made:
        clips = Clips(options.drivers, since_s=options.since, landmarker=options.landmarker)
        drives, notes = read_made(clips, options.made)
    else:
        pack = choose_pack(options.pack)
        identities = [choose_identity(pack, name) for name in options.identity or [None]]
        neutrals = _read_neutrals(options, as_dlib=pack.as_dlib)
        clips = Clips(options.drivers, neutrals, options.since, options.landmarker)
        reenactor = open_reenactor(pack, options.device)
        drives, notes = drive_identities(reenactor, clips, identities)
    made = report(drives, notes=notes)
    if options.output is not None:
        write_files(options.output, made, drives)
    say(made.to_json() if options.json else made.table())
    return 0


def _read_neutrals(options: argparse.Namespace, *, as_dlib: bool) -> "list[FaceCrop]":
    """The neutral face of each driver; empty where it is to be learnt."""
    from reenact.evaluate.drivers import find_calmest
    from reenact.face.stills import read_neutral

    wanted, drivers = options.neutral, options.drivers
    if len(wanted) not in (0, 1, len(drivers)):
        raise ValueError(
            f"--neutral takes one picture for all drivers or one for each, got {len(wanted)} for "
            f"{len(drivers)} drivers: name one, or as many"
        )
    how = {"landmarker": options.landmarker, "as_dlib": as_dlib}
    if wanted and len(wanted) < len(drivers):
        wanted = wanted * len(drivers)
    return [
        find_calmest(driver, **how) if name == CALMEST else read_neutral(path(name), **how)
        for driver, name in zip(drivers, wanted, strict=False)
    ]
