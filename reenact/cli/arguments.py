"""The options of the `reenact` command: their names, defaults and help.

Defaults of a few come from the environment: REENACT_PACK, REENACT_DEVICE, REENACT_IDENTITY,
REENACT_LANDMARKER.
"""

import argparse
import os
from collections.abc import Callable
from typing import Any, TypeAlias

from engines import DEVICES
from reenact.cli.argument_types import count, factor, gain, path, positive, size

Add: TypeAlias = Callable[[argparse.ArgumentParser], Any]
"""Adds one option, or some that belong together."""


class HelpWithDefaults(argparse.ArgumentDefaultsHelpFormatter):
    """Says the default of every option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False, []):
            return action.help
        return super()._get_help_string(action)


def pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        default=os.environ.get("REENACT_PACK"),
        help="the pack to use instead of the bundled one: a folder, or an installed pack's name",
    )


def device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        choices=tuple(DEVICES),
        default=os.environ.get("REENACT_DEVICE", "auto"),
        help="where the nets run; auto takes the best that works and says why nothing better does, "
        "any other insists; tensorrt builds its engines while ONNX Runtime serves",
    )


def identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--identity",
        metavar="NAME",
        default=os.environ.get("REENACT_IDENTITY"),
        help="who to show, the pack's first if not given; see: reenact identity list",
    )


def name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identity", metavar="NAME", help="who; see: reenact identity list")


def new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("new", metavar="NEW", help="the name to have from now on")


def person(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME", help="how to call the new person: lower-case letters, digits, -_.")
    add("--description", metavar="TEXT", help="what a list says of them")
    force(parser)


def enrolment(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    person(parser)
    add("photos", type=path, nargs="+", metavar="PHOTO", help="pictures of that person's face")
    add(
        "--refine",
        type=count,
        metavar="STEPS",
        help="then fit the person's code to each photograph in so many steps; slow, needs torch",
    )


def seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=int, default=0, help="which of all the people who do not exist"
    )


def landmarker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--landmarker",
        type=path,
        metavar="FILE",
        default=os.environ.get("REENACT_LANDMARKER"),
        help="a MediaPipe face_landmarker.task to use instead of the bundled one",
    )


def as_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="overwrite what is there")


def picture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--picture", type=path, metavar="FILE", help="where to write a picture (png, jpg)"
    )
    force(parser)


def motion(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--neutral",
        type=path,
        metavar="FILE",
        help="a picture of the driver's resting face, else learnt from the first calm frames",
    )
    add(
        "--gain",
        type=gain,
        action="append",
        default=[],
        metavar="AXIS=FACTOR",
        help="exaggerate or calm an axis of the expression; may be repeated",
    )
    add(
        "--relative",
        type=factor,
        nargs="?",
        const=1.0,
        metavar="FACTOR",
        help="add the driver's motion since their rest, so many times, to how the person looks in "
        "their photographs; 1 if no number is given",
    )


def conversion(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", type=path, help="a video, a picture, or a folder of pictures")
    add("target", type=path, help="what to write: .mp4, .mov, .mkv, a picture, or a folder")
    add(
        "--layout",
        choices=("crop", "side-by-side"),
        default="crop",
        help="side-by-side: with the input beside it",
    )
    add("--quality", type=int, default=18, metavar="0..51", help="of H.264: 0 lossless, 51 worst")
    add("--preview", type=path, metavar="FILE", help="write a contact sheet of input and output")
    motion(parser)
    add(
        "--progress",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="draw a progress bar",
    )
    force(parser)


def webcam(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--list", action="store_true", help="name the cameras and end")
    add("--camera", metavar="WHICH", help="its number, path, or a part of its name; else the first")
    add("--source", type=path, metavar="FILE", help="a video in place of a camera, again and again")
    add("--camera-size", type=size, default="640x480", metavar="WxH", help="to ask the camera for")
    add("--fps", type=positive, default=30.0, help="to ask the camera for and to send")
    add(
        "--size", type=size, metavar="SIDE|WxH", help="of what is sent; as the pack makes it if not"
    )
    add("--mirror", action="store_true", help="show the picture left to right")
    add(
        "--window",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="show the picture in a window, which takes keys",
    )
    add(
        "--virtual-camera",
        nargs="?",
        const="",
        metavar="DEVICE",
        help="send it to a virtual camera, which other programs see; the first one if not named",
    )
    add("--y4m", type=path, metavar="FILE", help="write it as raw video, also to a named pipe")
    force(parser)
    add("--seconds", type=positive, help="end so long after the first picture")


def rewriting(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK", help="a folder, or an installed pack's name")
    add("--precision", choices=("fp32", "fp16"), default="fp16", help="to compute in")
    add("--out", type=path, metavar="FOLDER", help="else NAME-fp16 among this user's packs")
    force(parser)
