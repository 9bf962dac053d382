"""`reenact webcam`: puts the parts of a live stream together."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from reenact.cli.command import chosen_identity, note

if TYPE_CHECKING:
    from reenact.pipeline import Pipeline
    from reenact.webcam.camera import Capture
    from reenact.webcam.sinks import FrameSink


def webcam(options: argparse.Namespace) -> int:
    """Drive a portrait with a camera: into a window, a virtual camera, or both."""
    if options.list:
        return _list_cameras()
    from reenact.cli.status_line import StatusLine
    from reenact.webcam.run import WebcamOptions, run_webcam
    from reenact.webcam.window import HELP, Window

    window = Window() if options.window else None
    if window is not None:
        note(HELP)
    sinks = _sinks(options)
    open_pipeline, names = _cast(options)
    settings = WebcamOptions(
        fps=options.fps,
        size=options.size,
        mirror=options.mirror,
        seconds=options.seconds,
        camera_fps=None if options.source else options.fps,
    )
    with StatusLine() as status:
        report = run_webcam(
            settings,
            open_capture=lambda: _capture(options),
            open_pipeline=open_pipeline,
            names=names,
            sinks=sinks,
            window=window,
            say=status.say,
            status=status.show if sys.stderr.isatty() else None,
        )
    print(report.line())
    return 0


def _list_cameras() -> int:
    from reenact.webcam.camera import described
    from reenact.webcam.cameras import cameras

    found = cameras()
    for camera in found:
        print(described(camera))
    if not found:
        note("this system names no camera; try --camera 0")
    return 0


def _capture(options: argparse.Namespace) -> "Capture":
    from reenact.webcam.camera import CaptureWish, open_camera
    from reenact.webcam.file_capture import FileCapture

    if options.source:
        return FileCapture(options.source)
    height, width = options.camera_size
    return open_camera(options.camera, CaptureWish(height, width, options.fps))


def _sinks(options: argparse.Namespace) -> "list[FrameSink]":
    from reenact.webcam.virtual_camera import VirtualCamera
    from reenact.webcam.y4m import y4m_sink

    sinks: list[FrameSink] = []
    if options.virtual_camera is not None:
        sinks.append(VirtualCamera(options.virtual_camera or None))
    if options.y4m:
        sinks.append(y4m_sink(options.y4m, force=options.force))
    return sinks


def _cast(options: argparse.Namespace) -> "tuple[Callable[[str], Pipeline], list[str]]":
    """What opens a stream of an identity, and the identities from the one asked for on."""
    from reenact.face.stills import read_neutral
    from reenact.identities.identity import load_identity
    from reenact.pipeline import open_pipeline

    reenactor, identity = chosen_identity(options)
    neutral = options.neutral and read_neutral(options.neutral, landmarker=options.landmarker)

    def open_stream(name: str) -> "Pipeline":
        return open_pipeline(
            reenactor,
            load_identity(reenactor.pack, name),
            landmarker=options.landmarker,
            neutral=neutral,
            gains=dict(options.gain),
            relative=options.relative,
        )

    names = list(reenactor.pack.identities)
    at = names.index(identity.name)
    return open_stream, [*names[at:], *names[:at]]
