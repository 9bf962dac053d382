"""The options of the verbs that make and measure weights and packs."""

import argparse

from reenact.cli.argument_types import count, path
from reenact.cli.arguments import force


def importing(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", type=path, nargs="+", metavar="FILE", help="downloaded; see: reenact models list")
    add("--name", default="ffhq-1024", help="of the pack to make, or to make anew")
    add("--kind", help="of a file that leaves it open: restyle-psp, restyle-e4e, psp or e4e")
    add(
        "--accept-new",
        action="store_true",
        help="take a file that differs from the one of the first import",
    )


def installed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="NAME", help="of the pack; see: reenact models list")


def training(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--folder",
        type=path,
        default="runs/avatars",
        help="of the run; one that is there is gone on with",
    )
    add("--weights", type=path, metavar="FILE", help="to begin a new run with, at its last stage")
    add("--minutes", type=float, help="how long to train; without end if not given")
    add("--pictures", type=count, help="how many pictures to train on, in all")
    add("--device", default="auto", help="of torch: auto, cpu, cuda")
    add("--renderers", type=count, default=1, help="processes that draw pictures meanwhile")


def trained(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", type=path, default="runs/avatars", help="of the training run to export")
    add("--pack", type=path, metavar="FOLDER", help="to write instead of the bundled one")
    add("--weights", type=path, metavar="FILE", help="where to keep the weights to go on from")


def rewriting(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK", help="a folder, or an installed pack's name")
    add("--precision", choices=("fp32", "fp16"), default="fp16", help="to compute in")
    add("--out", type=path, metavar="FOLDER", help="else NAME-fp16 among this user's packs")
    force(parser)


def evaluation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--samples", type=count, default=200, help="how many held-out motions to compare")
    add("--seed", type=int, default=20_000, help="of those motions")
    add("--only", nargs="+", default=[], metavar="NAME", help="these people, not all")


def sheet(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("picture", type=path, help="where to write it (png)")
    add("--size", type=count, default=256, help="of each face, in pixels")
    add("--only", nargs="+", default=[], metavar="NAME", help="these people, not all")
