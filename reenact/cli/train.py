"""The verbs of the drawn avatars: train their net, export it, draw the people."""

import argparse

from reenact.cli.options import (
    add_force_option,
    add_only_option,
    check_picture_target,
    count,
    path,
)
from reenact.cli.terminal import say, say_done

RUN = "runs/avatars"
"""The default folder of a training run."""


def add_train_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", type=path, default=RUN, help="the run's folder; an existing run is resumed")
    add(
        "--recipe",
        choices=("v1", "v2"),
        default="v1",
        help="v1 is the bundled pack's; v2 has 29 axes, 16 people and pictures with alpha",
    )
    add(
        "--weights",
        type=path,
        metavar="FILE",
        help="the weights that a new run begins with, at the last stage; random by default",
    )
    add("--minutes", type=float, help="minutes to train, by default without end")
    add("--pictures", type=count, help="number of pictures to train on, those of earlier calls too")
    add("--device", default="auto", help="the device that torch trains on: auto, cpu or cuda")
    add(
        "--renderers",
        type=count,
        default=1,
        help="number of processes that draw pictures meanwhile",
    )


def train_avatars(options: argparse.Namespace) -> int:
    """Train the net of the avatar pack on drawn people, or resume its training."""
    from reenact.train.avatars import Budget, train
    from reenact.train.recipe import RECIPES

    lines = train(
        RECIPES[options.recipe],
        options.folder,
        Budget(minutes=options.minutes, pictures=options.pictures),
        device=options.device,
        renderers=options.renderers,
        weights=options.weights,
    )
    for line in lines:
        say(line)
    return 0


def add_export_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", type=path, default=RUN, help="the folder of the training run to export")
    add("--pack", type=path, metavar="FOLDER", help="the pack to write instead of the bundled one")
    add(
        "--weights",
        type=path,
        metavar="FILE",
        help="also write the weights to this file, for reenact train avatars --weights",
    )


def export_avatars(options: argparse.Namespace) -> int:
    """Turn a training run into the avatar pack."""
    from export.avatar_pack import export_run
    from reenact.packs.bundled import DEFAULT_PACK

    pack = options.pack or DEFAULT_PACK
    export_run(options.folder, pack, options.weights)
    say_done(pack)
    return 0


def add_sheet_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("picture", type=path, help="the picture to write (png)")
    add("--size", type=count, default=256, help="size of each face, in pixels")
    add_only_option(parser)
    add_force_option(parser)


def draw_avatars(options: argparse.Namespace) -> int:
    """Draw the avatars and their expressions in one picture."""
    from reenact.avatars.contact_sheet import draw_people
    from reenact.avatars.people import PEOPLE, find_person
    from reenact.media.pictures import write_picture

    check_picture_target(options.picture, force=options.force)
    people = [find_person(name) for name in options.only] or PEOPLE
    write_picture(options.picture, draw_people(people, options.size))
    say_done(options.picture)
    return 0
