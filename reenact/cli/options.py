"""The options that several verbs share, each beside the function that opens what it names.

Some defaults come from the environment: REENACT_PACK, REENACT_DEVICE, REENACT_IDENTITY and
REENACT_LANDMARKER.
"""

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from engines import DEVICES
from reenact.axes import AXES
from reenact.cli.terminal import note
from reenact.types import EXPRESSION_AXES

if TYPE_CHECKING:
    from reenact.packs.pack import Pack
    from reenact.reenactor import Reenactor
    from reenact.types import FaceCrop, Identity


# The types of values are nouns, as argparse names them: "invalid count value: 'x'".


def path(text: str) -> Path:
    """An absolute path, which means the same wherever it is used."""
    from reenact.media.paths import absolute_path

    return absolute_path(text)


def count(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {number}")
    return number


def factor(text: str) -> float:
    """A finite number."""
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}")
    return number


def seconds(text: str) -> float:
    """A finite number from 0."""
    number = factor(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, got {number:g}")
    return number


def gain(text: str) -> tuple[str, float]:
    """AXIS=FACTOR, such as smile=1.3."""
    axis, _, number = text.partition("=")
    if axis not in (*AXES, *EXPRESSION_AXES):
        raise argparse.ArgumentTypeError(
            f"{axis!r} is none of {', '.join((*AXES, *EXPRESSION_AXES))}"
        )
    try:
        return axis, factor(number)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise argparse.ArgumentTypeError(f"must be like {axis}=1.3, got {text!r}") from error


def add_pack_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        default=os.environ.get("REENACT_PACK"),
        help="the pack to use instead of the bundled one: a folder, or an installed pack's name",
    )


def choose_pack(wanted: str | None) -> "Pack":
    """The pack in that folder or of that name; the bundled one when None."""
    from reenact.packs.installed import find_pack
    from reenact.packs.pack import load_pack

    return load_pack(find_pack(wanted))


def add_net_options(parser: argparse.ArgumentParser) -> None:
    """--pack and --device: the nets, and where they run."""
    add_pack_option(parser)
    parser.add_argument(
        "--device",
        choices=tuple(DEVICES),
        default=os.environ.get("REENACT_DEVICE", "auto"),
        help="where the nets run; auto takes the best that works and says why nothing better does, "
        "any other insists; tensorrt builds its engines while ONNX Runtime serves",
    )


def open_reenactor(pack: "Pack", device: str) -> "Reenactor":
    """The nets of `pack`, with a note on where they really run."""
    from reenact.graphics_cards import has_nvidia_driver
    from reenact.reenactor import Reenactor

    reenactor = Reenactor(pack, device=device)
    reason = f": {reenactor.reason}" if reenactor.reason and has_nvidia_driver() else ""
    note(f"the nets run on {reenactor.device}{reason}")
    return reenactor


def add_identity_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--identity",
        metavar="NAME",
        default=os.environ.get("REENACT_IDENTITY"),
        help="the identity to show, by default the pack's first; see: reenact identity list",
    )


def choose_identity(pack: "Pack", wanted: str | None) -> "Identity":
    """The identity of that name; the pack's first when None."""
    from reenact.identities.identity import load_identity

    return load_identity(pack, wanted or next(iter(pack.identities), ""))


def add_landmarker_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--landmarker",
        type=path,
        metavar="FILE",
        default=os.environ.get("REENACT_LANDMARKER"),
        help="a landmark net to use in place of the bundled one; see: reenact models landmarker",
    )


def add_stream_options(parser: argparse.ArgumentParser) -> None:
    """All that a stream of pictures depends on: motion, identity, nets and face tracker."""
    add = parser.add_argument
    add(
        "--neutral",
        type=path,
        metavar="FILE",
        help="a picture of the driver's neutral face, by default learnt from the first calm frames",
    )
    add(
        "--gain",
        type=gain,
        action="append",
        default=[],
        metavar="AXIS=FACTOR",
        help="a factor that exaggerates or calms one axis of the expression; may be repeated",
    )
    add(
        "--relative",
        type=factor,
        nargs="?",
        const=1.0,
        metavar="FACTOR",
        help="add the driver's motion since their neutral face, times this factor, to the look of "
        "the identity's photographs; 1 if no number is given",
    )
    add_identity_option(parser)
    add_net_options(parser)
    add_landmarker_option(parser)


def read_neutral_face(options: argparse.Namespace, pack: "Pack") -> "FaceCrop | None":
    """The driver's neutral face, cut out as a stream of the pack cuts it; None without --neutral.

    Raises MediaError, NoFaceError.
    """
    from reenact.face.stills import read_neutral

    if options.neutral is None:
        return None
    return read_neutral(options.neutral, landmarker=options.landmarker, as_dlib=pack.as_dlib)


def add_only_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="these people instead of all"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_force_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="overwrite what exists already")


def check_target(target: Path | None, *, force: bool, source: Path | None = None) -> None:
    """Raises MediaError unless a file can be written there; `force`: in place of what is.

    source: a file that must outlive it, whatever `force` says.
    """
    from reenact.errors import MediaError
    from reenact.media.files import translate_os_errors

    if target is None:
        return
    with translate_os_errors(target):
        exists = target.exists()
        if exists and source is not None and source.exists() and target.samefile(source):
            raise MediaError(f"{target} is the source itself: name another file to write to")
        if exists and not force:
            raise MediaError(f"{target} exists already: name another, or add --force")
        if not target.parent.is_dir():
            raise MediaError(f"there is no folder {target.parent}: make it first, or name another")


def check_picture_target(target: Path | None, *, force: bool) -> None:
    """Raises MediaError unless a picture can be written there; `force`: in place of what is."""
    from reenact.errors import MediaError
    from reenact.media.pictures import PICTURE_SUFFIXES, has_picture_name

    check_target(target, force=force)
    if target is not None and not has_picture_name(target):
        raise MediaError(f"{target} must end in {', '.join(PICTURE_SUFFIXES)}")
