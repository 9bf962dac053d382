"""`reenact webcam`: a camera drives a portrait into a window, a virtual camera or a file."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reenact.cli.options import (
    add_force_option,
    add_stream_options,
    choose_identity,
    choose_pack,
    factor,
    open_reenactor,
    path,
    read_neutral_face,
)
from reenact.cli.terminal import note, say, say_done
from reenact.printable import printable

if TYPE_CHECKING:
    from reenact.driving import Driving
    from reenact.pipeline import Pipeline
    from reenact.webcam.camera import Capture
    from reenact.webcam.sinks import FrameSink


def positive(text: str) -> float:
    """A finite number above 0."""
    number = factor(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
    return number


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT, or one number for both; returns (height, width), which video needs even."""
    width, _, height = text.partition("x")
    sides = int(height or width), int(width)
    if min(sides) < 2 or any(side % 2 for side in sides):
        raise argparse.ArgumentTypeError(f"must be even, like 512 or 1280x720, got {text!r}")
    return sides


def add_options(parser: argparse.ArgumentParser) -> None:
    _add_camera_options(parser)
    add = parser.add_argument
    add("--size", type=size, metavar="SIDE|WxH", help="output size, by default the pack's own size")
    add("--mirror", action="store_true", help="flip the picture left to right")
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
        help="send the picture to a virtual camera, which other programs see; to the first one if "
        "no device is named",
    )
    add(
        "--y4m",
        type=path,
        metavar="FILE",
        help="write the picture as raw video to this file or named pipe",
    )
    add("--seconds", type=positive, help="end this many seconds after the first picture")
    add_force_option(parser)
    add_stream_options(parser)


def _add_camera_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--list", action="store_true", help="list the cameras and exit")
    add(
        "--camera",
        metavar="WHICH",
        help="the camera's number, path, or a part of its name; by default the first one",
    )
    add(
        "--source",
        type=path,
        metavar="FILE",
        help="a video to play in a loop instead of a camera, or a picture to show",
    )
    add(
        "--camera-size",
        type=size,
        default="640x480",
        metavar="WxH",
        help="the picture size to ask the camera for",
    )
    add(
        "--fps",
        type=positive,
        default=30.0,
        help="the frame rate to ask the camera for and to send at",
    )


def webcam(options: argparse.Namespace) -> int:
    """Drive a portrait with a camera: into a window, a virtual camera, or both."""
    if options.list:
        return _list_cameras()
    if options.source:
        _check_source(options.source)
    from tqdm import tqdm

    from reenact.webcam.run import WebcamOptions, run_webcam
    from reenact.webcam.window import HELP, Window

    window = Window() if options.window else None
    if window is not None:
        note(HELP)
    sinks = _open_sinks(options)
    open_stream, people = _stream_opener(options)
    settings = WebcamOptions(
        fps=options.fps,
        size=options.size,
        mirror=options.mirror,
        seconds=options.seconds,
        camera_fps=None if options.source else options.fps,
    )
    with tqdm(bar_format="{desc}", leave=False, dynamic_ncols=True, disable=None) as status:
        report = run_webcam(
            settings,
            open_capture=partial(_open_capture, options),
            open_pipeline=open_stream,
            people=people,
            sinks=sinks,
            window=window,
            say=_note_above_status,
            status=status.set_description_str,
        )
    say_done(report.line())
    return 0


def _check_source(source: Path) -> None:
    """Raise MediaError for what plainly is no film and no picture, before anything is written."""
    from reenact.media.pictures import holds_film, require_picture_kind
    from reenact.media.video_streams import open_video

    if not holds_film(source):
        require_picture_kind(source)
        return
    with open_video(source):
        pass


def _note_above_status(text: str) -> None:
    from tqdm import tqdm

    tqdm.write(f"reenact: {printable(text)}", file=sys.stderr)


def _list_cameras() -> int:
    from reenact.webcam.camera import describe
    from reenact.webcam.cameras import list_cameras

    found = list_cameras()
    for camera in found:
        say(describe(camera))
    if not found:
        note("this system names no camera; try --camera 0")
    return 0


def _open_capture(options: argparse.Namespace) -> "Capture":
    from reenact.media.pictures import holds_film
    from reenact.webcam.camera import CaptureWish, open_camera
    from reenact.webcam.file_capture import FileCapture
    from reenact.webcam.still_capture import StillCapture

    if options.source and not holds_film(options.source):
        return StillCapture(options.source, options.fps)
    if options.source:
        return FileCapture(options.source)
    height, width = options.camera_size
    return open_camera(options.camera, CaptureWish(height, width, options.fps))


def _open_sinks(options: argparse.Namespace) -> "list[FrameSink]":
    from reenact.webcam.virtual_camera import VirtualCamera
    from reenact.webcam.y4m import y4m_sink

    sinks: list[FrameSink] = []
    if options.virtual_camera is not None:
        sinks.append(VirtualCamera(options.virtual_camera or None))
    if options.y4m:
        sinks.append(y4m_sink(options.y4m, force=options.force))
    return sinks


def _stream_opener(
    options: argparse.Namespace,
) -> "tuple[Callable[[Driving], Pipeline], dict[str, Callable[[], Driving]]]":
    """Open a pipeline; and load the settings that drive each identity, the chosen one first."""
    from reenact.driving import Driving
    from reenact.identities.identity import load_identity
    from reenact.pipeline import open_pipeline

    pack = choose_pack(options.pack)
    first = choose_identity(pack, options.identity).name
    reenactor = open_reenactor(pack, options.device)
    landmarker, neutral = options.landmarker, read_neutral_face(options, pack)

    def open_stream(driving: "Driving") -> "Pipeline":
        return open_pipeline(reenactor, driving, landmarker=landmarker, neutral=neutral)

    def drive(name: str) -> "Driving":
        person = load_identity(pack, name)
        return Driving(person, gains=dict(options.gain), relative=options.relative)

    at = pack.identities.index(first)
    order = (*pack.identities[at:], *pack.identities[:at])
    return open_stream, {name: partial(drive, name) for name in order}
